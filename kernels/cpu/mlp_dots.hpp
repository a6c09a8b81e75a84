#pragma once

#include "kernels/cpu/mlp_view.hpp"
#include "kernels/cpu/simd.hpp"

#include <utility>

namespace lepton::kernels::cpu {
namespace {

template <int N, int Offset, int... I>
LEPTON_INLINE typename simd<N>::floats every_second(typename simd<N>::floats a,
                                                    typename simd<N>::floats b,
                                                    std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (2 * I + Offset)...);
}

/// Adds neighbours until one vector of the `Count` is left. A recursion of templates, because the
/// arrays stay in registers only where every index is a constant.
template <int N, int Count>
LEPTON_INLINE void add_neighbours(typename simd<N>::floats (&v)[N]) {
  if constexpr (Count > 1) {
    constexpr auto lanes = std::make_integer_sequence<int, N>{};
#pragma GCC unroll 16
    for (int i = 0; i < Count / 2; ++i)
      v[i] = every_second<N, 0>(v[2 * i], v[2 * i + 1], lanes) +
             every_second<N, 1>(v[2 * i], v[2 * i + 1], lanes);
    add_neighbours<N, Count / 2>(v);
  }
}

/// Lane i of the result is the sum of all lanes of v[i]. `v` is used up.
template <int N>
LEPTON_INLINE typename simd<N>::floats sums_of(typename simd<N>::floats (&v)[N]) {
  add_neighbours<N, N>(v);
  return v[0];
}

/// One output for N rows. `rows` may be fewer than N: the last row then stands in for the others.
template <int N>
LEPTON_INLINE typename simd<N>::floats dot(const float* w, std::int64_t inputs, const float* x,
                                           std::int64_t x_stride, std::int64_t rows) {
  using v = typename simd<N>::floats;
  const float* row[N];
  v sum[N];
#pragma GCC unroll 16
  for (int i = 0; i < N; ++i) {
    row[i] = x + (i < rows ? i : rows - 1) * x_stride;
    sum[i] = v{};
  }
  std::int64_t k = 0;
  for (; k + N <= inputs; k += N) {
    const v weights = simd<N>::load(w + k);
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i)
      sum[i] += weights * simd<N>::load(row[i] + k);
  }
  if (k < inputs) {
    const v weights = simd<N>::load_part(w + k, inputs - k);
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i)
      sum[i] += weights * simd<N>::load_part(row[i] + k, inputs - k);
  }
  return sums_of<N>(sum);
}

/// `rows` rows of a layer of kind `dots`; `y` is [rows, outputs] without gaps.
template <int N>
void run_dots(const layer_view& layer, const float* x, std::int64_t x_stride, std::int64_t rows,
              float* y) {
  for (std::int64_t r = 0; r < rows; r += N) {
    const std::int64_t count = rows - r < N ? rows - r : N;
    for (std::int64_t o = 0; o < layer.outputs; ++o) {
      const auto sums = dot<N>(layer.weights + o * layer.inputs, layer.inputs, x + r * x_stride,
                               x_stride, count) +
                        layer.bias[o];
      if (layer.outputs == 1 && count == N) {
        simd<N>::store(y + r, sums);
        continue;
      }
      for (std::int64_t i = 0; i < count; ++i)
        y[(r + i) * layer.outputs + o] = sums[i];
    }
  }
}

} // namespace
} // namespace lepton::kernels::cpu
