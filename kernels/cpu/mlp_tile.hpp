#pragma once

#include "kernels/cpu/mlp_view.hpp"
#include "kernels/cpu/simd.hpp"

namespace lepton::kernels::cpu {
namespace {

/// What happens to a sum before it is stored. The other activations are a pass of their own.
template <int N>
LEPTON_INLINE typename simd<N>::floats rectify(typename simd<N>::floats x, activation act,
                                               float alpha) {
  // Written so that a NaN stays one: the comparison is false for it.
  if (act == activation::relu)
    return x < 0.0f ? typename simd<N>::floats{} : x;
  if (act == activation::leaky_relu)
    return x < 0.0f ? x * alpha : x;
  return x;
}

/// Rows x (Panels * Vectors * N) outputs of one layer: `Rows * Panels * Vectors` sums stay in
/// registers, and each step loads one row of weights and one input of each row. `w` is the first of
/// `Panels` panels of [inputs][Vectors * N]. The order of the additions depends on nothing but the
/// layer, so a row gives the same bits in every tile.
template <int N, int Rows, int Panels, int Vectors>
LEPTON_INLINE void tile(const layer_view& layer, const float* x, std::int64_t x_stride,
                        const float* w, const float* bias, float* y) {
  using v = typename simd<N>::floats;
  constexpr int width = Panels * Vectors;
  const std::int64_t inputs = layer.inputs;
  const std::int64_t panel = inputs * Vectors * N;
  const std::int64_t y_stride = layer.stride;
  const activation act = layer.act;
  const float alpha = layer.alpha;
  v sum[Rows][width];
#pragma GCC unroll 16
  for (int j = 0; j < width; ++j) {
    const v b = simd<N>::load(bias + j * N);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
      sum[i][j] = b;
  }
  for (std::int64_t k = 0; k < inputs; ++k) {
    v row[width];
#pragma GCC unroll 16
    for (int j = 0; j < width; ++j)
      row[j] = simd<N>::load(w + (j / Vectors) * panel + (k * Vectors + j % Vectors) * N);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const v a = simd<N>::all(x[i * x_stride + k]);
#pragma GCC unroll 16
      for (int j = 0; j < width; ++j)
        sum[i][j] += a * row[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 16
    for (int j = 0; j < width; ++j)
      simd<N>::store(y + i * y_stride + j * N, rectify<N>(sum[i][j], act, alpha));
}

/// `Rows` rows of a layer, all outputs. Few rows take several panels at once, so that enough sums
/// are in flight to hide the latency of an addition.
template <int N, int Rows>
void tile_row(const layer_view& layer, const float* x, std::int64_t x_stride, float* y) {
  constexpr int many = Rows == 1 ? 4 : Rows <= 3 ? 2 : 1;
  const std::int64_t panel = 2 * N;
  std::int64_t at = 0;
  const auto run = [&]<int Panels, int Vectors>() __attribute__((always_inline)) {
    tile<N, Rows, Panels, Vectors>(layer, x, x_stride, layer.weights + at * layer.inputs,
                                   layer.bias + at, y + at);
    at += Panels * Vectors * N;
  };
  while (layer.stride - at >= many * panel)
    run.template operator()<many, 2>();
  if constexpr (many > 2)
    if (layer.stride - at >= 2 * panel)
      run.template operator()<2, 2>();
  if constexpr (many > 1)
    if (layer.stride - at >= panel)
      run.template operator()<1, 2>();
  if (layer.stride - at > 0)
    run.template operator()<1, 1>();
}

/// `rows` rows of a layer of kind `panels`; `y` is [rows, stride].
template <int N>
void run_panels(const layer_view& layer, const float* x, std::int64_t x_stride, std::int64_t rows,
                float* y) {
  for (; rows >= 6; rows -= 6, x += 6 * x_stride, y += 6 * layer.stride)
    tile_row<N, 6>(layer, x, x_stride, y);
  switch (rows) {
    case 5: return tile_row<N, 5>(layer, x, x_stride, y);
    case 4: return tile_row<N, 4>(layer, x, x_stride, y);
    case 3: return tile_row<N, 3>(layer, x, x_stride, y);
    case 2: return tile_row<N, 2>(layer, x, x_stride, y);
    case 1: return tile_row<N, 1>(layer, x, x_stride, y);
    default: return;
  }
}

} // namespace
} // namespace lepton::kernels::cpu
