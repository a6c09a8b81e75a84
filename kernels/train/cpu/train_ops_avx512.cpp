#include "kernels/cpu/mlp_targets.hpp"
#include "kernels/train/cpu/train_ops_table.hpp"

namespace lepton::kernels::train {

const train_ops& train_ops_avx512() noexcept {
  return ops_for<cpu::lanes_avx512>;
}

} // namespace lepton::kernels::train
