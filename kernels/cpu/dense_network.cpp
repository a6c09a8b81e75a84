#include "kernels/cpu/dense_network.hpp"

#include <fmt/format.h>

namespace lepton::kernels::cpu {

namespace {

const char* name(activation act) {
  switch (act) {
    case activation::none: return "Linear";
    case activation::relu: return "Relu";
    case activation::leaky_relu: return "LeakyRelu";
    case activation::sigmoid: return "Sigmoid";
    case activation::tanh: return "Tanh";
    case activation::softmax: return "Softmax";
  }
  return "?";
}

} // namespace

std::string describe(const dense_network& net) {
  std::string text = fmt::format("{}{}", net.before ? "scaled " : "", net.inputs);
  for (const auto& layer : net.layers)
    text += fmt::format("-{}", layer.outputs);
  text += " perceptron (";
  for (std::size_t i = 0; i < net.layers.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : " ", name(net.layers[i].act));
  return text + ")";
}

} // namespace lepton::kernels::cpu
