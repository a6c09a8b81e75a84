#include "kernels/trees/score_block.hpp"
#include "kernels/trees/trees_targets.hpp"

namespace lepton::kernels::trees {

void score_generic(const trees_view& model, const float* x, std::int64_t rows,
                   const trees_scratch& scratch) {
  score<block_generic>(model, x, rows, scratch);
}

} // namespace lepton::kernels::trees
