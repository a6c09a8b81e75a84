#include "kernels/cpu/mlp_forward.hpp"
#include "kernels/cpu/mlp_targets.hpp"

namespace lepton::kernels::cpu {

void forward_generic(const mlp_view& net, const float* x, std::int64_t rows, float* y,
                     float* scratch) {
  forward<lanes_generic>(net, x, rows, y, scratch);
}

} // namespace lepton::kernels::cpu
