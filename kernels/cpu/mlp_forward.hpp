#pragma once

#include "kernels/cpu/mlp_dots.hpp"
#include "kernels/cpu/mlp_tile.hpp"

// The forward pass, written once for every vector width N. Included only by mlp_<target>.cpp.

namespace lepton::kernels::cpu {
namespace {

/// Applies an activation that works on each value alone to `count` values.
template <int N, class Function>
LEPTON_INLINE void for_each_value(float* values, std::int64_t count, Function function) {
  std::int64_t i = 0;
  for (; i + N <= count; i += N)
    simd<N>::store(values + i, function(simd<N>::load(values + i)));
  if (i < count) {
    const auto part = function(simd<N>::load_part(values + i, count - i));
    simd<N>::store_part(values + i, part, count - i);
  }
}

template <int N>
void softmax_row(float* row, std::int64_t outputs) {
  using v = typename simd<N>::floats;
  float largest = row[0];
  for (std::int64_t i = 1; i < outputs; ++i)
    largest = row[i] > largest ? row[i] : largest;
  for_each_value<N>(row, outputs, [=](v x) { return exponential<N>(x - largest); });
  float sum = 0;
  for (std::int64_t i = 0; i < outputs; ++i)
    sum += row[i];
  const float share = 1.0f / sum;
  for (std::int64_t i = 0; i < outputs; ++i)
    row[i] *= share;
}

/// The activations that `rectify` leaves out, over [rows, stride].
template <int N>
void activate(const layer_view& layer, float* y, std::int64_t rows, std::int64_t stride) {
  using v = typename simd<N>::floats;
  const std::int64_t count = rows * stride;
  switch (layer.act) {
    case activation::sigmoid:
      return for_each_value<N>(y, count, [](v x) { return logistic<N>(x); });
    case activation::tanh:
      return for_each_value<N>(y, count, [](v x) { return hyperbolic_tangent<N>(x); });
    case activation::softmax:
      for (std::int64_t r = 0; r < rows; ++r)
        softmax_row<N>(y + r * stride, layer.outputs);
      return;
    case activation::relu:
    case activation::leaky_relu:
      if (layer.kind == layer_kind::dots)
        for_each_value<N>(y, count, [&](v x) { return rectify<N>(x, layer.act, layer.alpha); });
      return;
    case activation::none: return;
  }
}

inline void scale(const mlp_view& net, const float* x, std::int64_t rows, float* out) {
  const auto& s = net.before;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t i = 0; i < net.inputs; ++i)
      out[r * net.inputs + i] = (x[r * net.inputs + i] - s.center[i]) * s.scale[i] + s.shift[i];
}

inline void copy_rows(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t width,
                      float* to) {
  for (std::int64_t r = 0; r < rows; ++r)
    std::memcpy(to + r * width, from + r * stride, static_cast<std::size_t>(width) * sizeof(float));
}

/// One block of rows through all layers. `in` and `out` swap after each layer.
template <int N>
void forward_block(const mlp_view& net, const float* x, std::int64_t rows, float* y, float* in,
                   float* out) {
  std::int64_t stride = net.inputs;
  if (net.before.scale) {
    scale(net, x, rows, in);
    x = in;
  }
  for (std::int64_t l = 0; l < net.layer_count; ++l) {
    const layer_view& layer = net.layers[l];
    const bool last = l + 1 == net.layer_count;
    const bool direct = last && layer.kind == layer_kind::dots;
    const bool dense = last && layer.stride == layer.outputs;
    float* to = direct || dense ? y : out;
    if (layer.kind == layer_kind::dots)
      run_dots<N>(layer, x, stride, rows, to);
    else
      run_panels<N>(layer, x, stride, rows, to);
    stride = layer.kind == layer_kind::dots ? layer.outputs : layer.stride;
    activate<N>(layer, to, rows, stride);
    if (last && to != y)
      copy_rows(to, stride, rows, layer.outputs, y);
    x = to;
    out = in;
    in = to;
  }
}

template <int N>
void forward(const mlp_view& net, const float* x, std::int64_t rows, float* y, float* scratch) {
  for (std::int64_t r = 0; r < rows; r += net.block_rows) {
    const std::int64_t count = rows - r < net.block_rows ? rows - r : net.block_rows;
    forward_block<N>(net, x + r * net.inputs, count, y + r * net.outputs, scratch,
                     scratch + net.scratch_floats);
  }
}

} // namespace
} // namespace lepton::kernels::cpu
