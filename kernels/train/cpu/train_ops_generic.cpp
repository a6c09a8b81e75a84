#include "kernels/cpu/mlp_targets.hpp"
#include "kernels/train/cpu/train_ops_table.hpp"

namespace lepton::kernels::train {

const train_ops& train_ops_generic() noexcept {
  return ops_for<cpu::lanes_generic>;
}

} // namespace lepton::kernels::train
