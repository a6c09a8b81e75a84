#include "pipelines/expression/vector_log.hpp"

#include "kernels/cpu/cpu_target.hpp"
#include "pipelines/expression/vector_log_body.hpp"

#include <cfloat>
#include <cmath>

namespace lepton::pipelines::expr {

namespace {

using log_function = bool (*)(const double*, std::size_t, double*) noexcept;

/// A CPU choice that cannot be met is reported by who loads a model; here the portable code will
/// do.
log_function best() {
#if defined(__x86_64__)
  const auto target = kernels::cpu::choose_target();
  if (target && *target != kernels::cpu::cpu_target::generic)
    return log_rows_avx2;
#endif
  return log_rows_generic;
}

} // namespace

bool log_rows_generic(const double* in, std::size_t rows, double* out) noexcept {
  return log_rows_body(in, rows, out);
}

void log_rows(const double* in, std::size_t rows, double* out) noexcept {
  static const log_function run = best();
  if (run(in, rows, out))
    return;
  for (std::size_t i = 0; i < rows; ++i)
    if (!(in[i] >= DBL_MIN && in[i] <= DBL_MAX))
      out[i] = std::log(in[i]);
}

} // namespace lepton::pipelines::expr
