#pragma once

#include "kernels/cpu/mlp_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lepton::kernels::cpu {

/// y = act(W x + b) with W as [outputs][inputs].
struct dense_layer {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::vector<float> weights;
  std::vector<float> bias;
  activation act = activation::none;
  float alpha = 0; ///< leaky_relu: slope below zero
};

/// y = (x - center) * scale + shift, one of each for every input.
struct scaling {
  std::vector<float> center;
  std::vector<float> scale;
  std::vector<float> shift;
};

/// A multi-layer perceptron, free of any file format and any CPU. Layers fit to each other and
/// there is at least one.
struct dense_network {
  std::int64_t inputs = 0;
  std::optional<scaling> before; ///< only if folding it into the first layer would cost accuracy
  std::vector<dense_layer> layers;

  std::int64_t outputs() const { return layers.back().outputs; }
};

/// E.g. "30-64-32-1 perceptron (Relu Relu Sigmoid)", with "scaled " in front if there is a scaling.
std::string describe(const dense_network& net);

} // namespace lepton::kernels::cpu
