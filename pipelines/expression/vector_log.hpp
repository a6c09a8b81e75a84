#pragma once

#include <cstddef>

namespace lepton::pipelines::expr {

/// `out[i]` = natural logarithm of `in[i]`; the buffers do not overlap. Special values are those of
/// std::log; elsewhere the error is below one unit in the last place (a test holds it against
/// long double). Chooses the code at the first call: for this CPU, or what LEPTON_CPU names.
void log_rows(const double* in, std::size_t rows, double* out) noexcept;

/// The same for one instruction set. Each handles positive normal numbers only; returns false if
/// there was any other, whose results are then not to be used.
bool log_rows_generic(const double* in, std::size_t rows, double* out) noexcept;
#if defined(__x86_64__)
bool log_rows_avx2(const double* in, std::size_t rows, double* out) noexcept;
#endif

} // namespace lepton::pipelines::expr
