#pragma once

#include <cstdint>

namespace lepton::kernels::cpu {

enum class activation : std::uint8_t { none, relu, leaky_relu, sigmoid, tanh, softmax };

/// How a layer's weights are laid out.
enum class layer_kind : std::uint8_t {
  panels, ///< [panel][input][panel width]: many outputs; a row of vectors for each input
  dots,   ///< [output][input]: few outputs; one dot product each
};

/// One dense layer, y = act(W x + b), as the vector code reads it. Plain data: files compiled for
/// other instructions include it and must not share inline code with the rest.
struct layer_view {
  layer_kind kind = layer_kind::panels;
  activation act = activation::none;
  float alpha = 0; ///< leaky_relu: slope below zero
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t stride = 0; ///< outputs rounded up to whole vectors
  const float* weights = nullptr;
  const float* bias = nullptr; ///< `stride` values
};

/// y = (x - center) * scale + shift for each input; null pointers when there is nothing to do.
struct scaling_view {
  const float* center = nullptr;
  const float* scale = nullptr;
  const float* shift = nullptr;
};

/// A whole network. Owns nothing (see packed_network).
struct mlp_view {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  scaling_view before;
  const layer_view* layers = nullptr;
  std::int64_t layer_count = 0;
  std::int64_t block_rows = 0;     ///< rows that go through all layers together
  std::int64_t scratch_floats = 0; ///< size of one of the two scratch buffers
};

/// Scores `rows` rows. `x` is [rows, inputs], `y` is [rows, outputs], both row-major and without
/// alignment; `scratch` holds 2 * scratch_floats values and belongs to the caller's thread. The
/// result of a row does not depend on the other rows of the call.
using forward_function = void (*)(const mlp_view&, const float* x, std::int64_t rows, float* y,
                                  float* scratch);

} // namespace lepton::kernels::cpu
