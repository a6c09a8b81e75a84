// Called only where the CPU has AVX2 and FMA.
#include "pipelines/expression/vector_log.hpp"
#include "pipelines/expression/vector_log_body.hpp"

#if defined(__x86_64__)
namespace lepton::pipelines::expr {

bool log_rows_avx2(const double* in, std::size_t rows, double* out) noexcept {
  return log_rows_body(in, rows, out);
}

} // namespace lepton::pipelines::expr
#endif
