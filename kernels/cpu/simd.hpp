#pragma once

#include <cstdint>
#include <cstring>

// Vectors of N floats as the compiler's own vector types, so that one source serves SSE, AVX2 and
// AVX-512. Everything is in an unnamed namespace on purpose: each file that is compiled for other
// instructions keeps its own copy, and the linker cannot mix them up (see lepton_simd).

#define LEPTON_INLINE [[gnu::always_inline]] inline

namespace lepton::kernels::cpu {
namespace {

template <int N>
struct simd {
  typedef float floats __attribute__((vector_size(N * 4)));
  typedef std::int32_t ints __attribute__((vector_size(N * 4)));

  LEPTON_INLINE static floats load(const float* from) {
    floats v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
  LEPTON_INLINE static void store(float* to, floats v) { std::memcpy(to, &v, sizeof v); }
  /// x - 0 is x for every float, so the compiler drops the subtraction and keeps the broadcast.
  LEPTON_INLINE static floats all(float x) { return x - floats{}; }
  LEPTON_INLINE static floats load_part(const float* from, std::int64_t count) {
    floats v{};
    std::memcpy(&v, from, static_cast<std::size_t>(count) * sizeof(float));
    return v;
  }
  LEPTON_INLINE static void store_part(float* to, floats v, std::int64_t count) {
    std::memcpy(to, &v, static_cast<std::size_t>(count) * sizeof(float));
  }
};

/// e^x. Relative error below 2e-7 for results that are normal numbers; below that it gives about
/// 1.2e-38, and above 3.4e38 infinity. NaN stays NaN. Range reduction by ln 2 in two parts and a
/// polynomial of degree 6, after Cephes' expf (netlib.org/cephes).
template <int N>
LEPTON_INLINE typename simd<N>::floats exponential(typename simd<N>::floats x) {
  using v = typename simd<N>::floats;
  using i = typename simd<N>::ints;
  x = x > 88.8f ? simd<N>::all(88.8f) : x;
  x = x < -87.3f ? simd<N>::all(-87.3f) : x;
  constexpr float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to a whole number
  const v shifted = x * 1.44269504088896341f + magic;
  const v whole = shifted - magic;
  const v r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  v p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // 2^whole in two factors, because 2^128 is not a float.
  i n;
  std::memcpy(&n, &shifted, sizeof n);
  n -= 0x4b400000;
  const i half = n >> 1;
  const i a = (half + 127) << 23;
  const i b = (n - half + 127) << 23;
  v fa, fb;
  std::memcpy(&fa, &a, sizeof a);
  std::memcpy(&fb, &b, sizeof b);
  return p * fa * fb;
}

/// 1 / (1 + e^-x), error below 2e-7.
template <int N>
LEPTON_INLINE typename simd<N>::floats logistic(typename simd<N>::floats x) {
  return 1.0f / (1.0f + exponential<N>(-x));
}

/// tanh x, error below 4e-7 (absolute: a small x loses digits).
template <int N>
LEPTON_INLINE typename simd<N>::floats hyperbolic_tangent(typename simd<N>::floats x) {
  return 1.0f - 2.0f / (1.0f + exponential<N>(x + x));
}

} // namespace
} // namespace lepton::kernels::cpu
