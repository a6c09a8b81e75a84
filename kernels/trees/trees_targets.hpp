#pragma once

#include "kernels/trees/trees_view.hpp"

namespace lepton::kernels::trees {

/// The evaluation compiled for one kind of CPU each. Calling one on a CPU that lacks the
/// instructions ends the process; `cpu_target` chooses.
void score_generic(const trees_view&, const float* x, std::int64_t rows, const trees_scratch&);
void score_avx2(const trees_view&, const float* x, std::int64_t rows, const trees_scratch&);
void score_avx512(const trees_view&, const float* x, std::int64_t rows, const trees_scratch&);

} // namespace lepton::kernels::trees
