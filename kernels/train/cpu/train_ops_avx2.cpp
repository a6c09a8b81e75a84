#include "kernels/cpu/mlp_targets.hpp"
#include "kernels/train/cpu/train_ops_table.hpp"

namespace lepton::kernels::train {

const train_ops& train_ops_avx2() noexcept {
  return ops_for<cpu::lanes_avx2>;
}

} // namespace lepton::kernels::train
