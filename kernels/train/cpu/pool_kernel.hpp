#pragma once

#include "kernels/train/cpu/train_ops.hpp"
#include "kernels/train/cpu/vector_math.hpp"

// Pooling of one image. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

/// Calls f(offset of the window in x, offset in y) for each place of the result.
template <class Function>
LEPTON_INLINE void for_each_window(const pool_call& c, Function f) {
  for (std::int64_t oy = 0; oy < c.out_height; ++oy)
    for (std::int64_t ox = 0; ox < c.out_width; ++ox)
      f((oy * c.stride * c.in_width + ox * c.stride) * c.channels,
        (oy * c.out_width + ox) * c.channels);
}

/// Calls f(number, offset) for each value of a window.
template <class Function>
LEPTON_INLINE void for_each_in_window(const pool_call& c, Function f) {
  for (std::int64_t ky = 0; ky < c.kernel; ++ky)
    for (std::int64_t kx = 0; kx < c.kernel; ++kx)
      f(static_cast<std::int32_t>(ky * c.kernel + kx), (ky * c.in_width + kx) * c.channels);
}

/// The first of equal values wins. A NaN wins over what stands before it.
template <int N>
void max_pool(const pool_call& c) {
  using v = typename simd<N>::floats;
  using ints = typename simd<N>::ints;
  for_each_window(c, [&](std::int64_t in, std::int64_t out) __attribute__((always_inline)) {
    for (std::int64_t i = 0; i < c.channels; i += N) {
      v best = simd<N>::load(c.x + in + i);
      ints number{};
      for_each_in_window(c, [&](std::int32_t n, std::int64_t at) __attribute__((always_inline)) {
        const v x = simd<N>::load(c.x + in + at + i);
        const ints better = (x > best) | (x != x);
        best = better ? x : best;
        number = better ? ints{} + n : number;
      });
      simd<N>::store(c.y + out + i, best);
      std::memcpy(c.chosen + out + i, &number, sizeof number);
    }
  });
}

template <int N>
void max_pool_back(const pool_call& c) {
  using v = typename simd<N>::floats;
  using ints = typename simd<N>::ints;
  for_each_window(c, [&](std::int64_t in, std::int64_t out) __attribute__((always_inline)) {
    for (std::int64_t i = 0; i < c.channels; i += N) {
      const v d = simd<N>::load(c.dy + out + i);
      ints number;
      std::memcpy(&number, c.chosen + out + i, sizeof number);
      for_each_in_window(c, [&](std::int32_t n, std::int64_t at) __attribute__((always_inline)) {
        float* to = c.dx + in + at + i;
        simd<N>::store(to, simd<N>::load(to) + (number == n ? d : v{}));
      });
    }
  });
}

template <int N>
void average_pool(const pool_call& c) {
  const float share = 1.0f / static_cast<float>(c.kernel * c.kernel);
  for_each_window(c, [&](std::int64_t in, std::int64_t out) __attribute__((always_inline)) {
    for (std::int64_t i = 0; i < c.channels; i += N) {
      typename simd<N>::floats sum{};
      for_each_in_window(c, [&](std::int32_t, std::int64_t at) __attribute__((always_inline)) {
        sum += simd<N>::load(c.x + in + at + i);
      });
      simd<N>::store(c.y + out + i, sum * share);
    }
  });
}

template <int N>
void average_pool_back(const pool_call& c) {
  const float share = 1.0f / static_cast<float>(c.kernel * c.kernel);
  for_each_window(c, [&](std::int64_t in, std::int64_t out) __attribute__((always_inline)) {
    for (std::int64_t i = 0; i < c.channels; i += N) {
      const auto d = simd<N>::load(c.dy + out + i) * share;
      for_each_in_window(c, [&](std::int32_t, std::int64_t at) __attribute__((always_inline)) {
        float* to = c.dx + in + at + i;
        simd<N>::store(to, simd<N>::load(to) + d);
      });
    }
  });
}

} // namespace
} // namespace lepton::kernels::train
