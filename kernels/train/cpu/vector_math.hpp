#pragma once

#include "kernels/cpu/simd.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// Functions of vectors that training needs beside those of inference. Included only by
// train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

using cpu::simd;

template <int N>
LEPTON_INLINE typename simd<N>::floats square_root(typename simd<N>::floats x) {
  typename simd<N>::floats y;
#if defined(__AVX512F__)
  if constexpr (N == 16)
    return (typename simd<N>::floats)_mm512_sqrt_ps((__m512)x);
#endif
#if defined(__AVX__)
  if constexpr (N == 8)
    return (typename simd<N>::floats)_mm256_sqrt_ps((__m256)x);
#endif
#if defined(__SSE2__)
  if constexpr (N == 4)
    return (typename simd<N>::floats)_mm_sqrt_ps((__m128)x);
#endif
  for (int i = 0; i < N; ++i)
    y[i] = __builtin_sqrtf(x[i]);
  return y;
}

template <int N>
LEPTON_INLINE float sum_of_lanes(typename simd<N>::floats x) {
  float sum = 0;
#pragma GCC unroll 16
  for (int i = 0; i < N; ++i)
    sum += x[i];
  return sum;
}

/// ln x for normal x > 0, relative error below 2e-7 away from 1, after Cephes' logf
/// (netlib.org/cephes).
template <int N>
LEPTON_INLINE typename simd<N>::floats logarithm(typename simd<N>::floats x) {
  using v = typename simd<N>::floats;
  using i = typename simd<N>::ints;
  i bits;
  std::memcpy(&bits, &x, sizeof bits);
  i exponent = (bits >> 23) - 126;
  bits = (bits & 0x007fffff) | 0x3f000000;
  v m;
  std::memcpy(&m, &bits, sizeof m);
  const i small = m < 0.707106781186547524f;
  exponent += small; // true is -1
  m = small ? m + m : m;
  const v r = m - 1.0f;
  const v e = __builtin_convertvector(exponent, v);
  v p = r * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * r + 1.1676998740e-1f;
  p = p * r - 1.2420140846e-1f;
  p = p * r + 1.4249322787e-1f;
  p = p * r - 1.6668057665e-1f;
  p = p * r + 2.0000714765e-1f;
  p = p * r - 2.4999993993e-1f;
  p = p * r + 3.3333331174e-1f;
  const v square = r * r;
  v y = r * square * p;
  y += e * -2.12194440e-4f;
  y -= square * 0.5f;
  return r + y + e * 0.693359375f;
}

/// erf x, error below 3e-7: Abramowitz and Stegun, 7.1.26.
template <int N>
LEPTON_INLINE typename simd<N>::floats error_function(typename simd<N>::floats x) {
  using v = typename simd<N>::floats;
  const v size = x < 0.0f ? -x : x;
  const v t = 1.0f / (1.0f + 0.3275911f * size);
  v p = t * 1.061405429f - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const v y = 1.0f - p * t * cpu::exponential<N>(-(x * x));
  return x < 0.0f ? -y : y;
}

/// Zeroes what follows the `width` values of a row.
template <int N>
LEPTON_INLINE void clear_padding(float* row, std::int64_t width, std::int64_t stride) {
  for (std::int64_t i = width; i < stride; ++i)
    row[i] = 0;
}

} // namespace
} // namespace lepton::kernels::train
