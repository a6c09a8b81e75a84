#pragma once

#include "kernels/cpu/mlp_view.hpp"

namespace lepton::kernels::cpu {

/// The forward pass compiled for one kind of CPU each. Calling one on a CPU that lacks the
/// instructions ends the process; `cpu_target` chooses.
void forward_generic(const mlp_view&, const float* x, std::int64_t rows, float* y, float* scratch);
void forward_avx2(const mlp_view&, const float* x, std::int64_t rows, float* y, float* scratch);
void forward_avx512(const mlp_view&, const float* x, std::int64_t rows, float* y, float* scratch);

/// Vector widths in floats.
inline constexpr int lanes_generic = 4;
inline constexpr int lanes_avx2 = 8;
inline constexpr int lanes_avx512 = 16;

} // namespace lepton::kernels::cpu
