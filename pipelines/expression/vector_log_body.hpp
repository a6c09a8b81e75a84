#pragma once

#include <cstddef>
#include <cstdint>

// Included by one source file for each instruction set. Everything here has internal linkage, so
// that the linker cannot take one file's code for another's. No standard functions, for the same
// reason.
namespace lepton::pipelines::expr {

/// The logarithm by x = 2^k * m with m in [sqrt(1/2), sqrt(2)) and log(m) = 2 atanh(s) with
/// s = (m - 1) / (m + 1). Reduction, polynomial and its coefficients as in fdlibm's e_log.c (Sun
/// Microsystems, 1993), but without branches, so that a compiler can make vector code of the loop.
[[maybe_unused]] static inline double log_of_normal(std::uint64_t bits) noexcept {
  constexpr std::uint64_t root_half = 0x3FE6A09E00000000; // just below sqrt(1/2)
  constexpr std::uint64_t one = 0x3FF0000000000000;
  constexpr std::uint64_t mantissa = 0x000FFFFFFFFFFFFF;
  const std::uint64_t shifted = bits + (one - root_half);
  const std::uint64_t biased = shifted >> 52;
  const double m = __builtin_bit_cast(double, (shifted & mantissa) + root_half);
  // The exponent as a double by way of the lowest bits of 2^52.
  const double k =
      __builtin_bit_cast(double, biased | 0x4330000000000000) - (4503599627370496.0 + 1023);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double even =
      w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332));
  const double odd =
      z * (0.6666666666666735130 +
           w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)));
  const double half_square = 0.5 * f * f;
  constexpr double ln2_high =
      6.93147180369123816490e-01; // its last 32 bits are zero: k * it is exact
  constexpr double ln2_low = 1.90821492927058770002e-10;
  return k * ln2_high - ((half_square - (s * (half_square + (even + odd)) + k * ln2_low)) - f);
}

[[maybe_unused]] static inline bool log_rows_body(const double* __restrict in, std::size_t rows,
                                                  double* __restrict out) noexcept {
  constexpr std::uint64_t smallest_normal = 0x0010000000000000;
  constexpr std::uint64_t infinity = 0x7FF0000000000000;
  std::uint64_t special = 0; // its highest bit: zero, negative, subnormal, infinite or no number
  for (std::size_t i = 0; i < rows; ++i) {
    const auto bits = __builtin_bit_cast(std::uint64_t, in[i]);
    special |= bits | (bits - smallest_normal) | (infinity - 1 - bits);
    out[i] = log_of_normal(bits);
  }
  return (special >> 63) == 0;
}

} // namespace lepton::pipelines::expr
