#include "kernels/cpu/packed_network.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::kernels::cpu {

namespace {

std::int64_t round_up(std::int64_t value, std::int64_t to) {
  return (value + to - 1) / to * to;
}

bool few_outputs(const dense_layer& layer, std::int64_t lanes) {
  return layer.outputs <= lanes / 2;
}

constexpr std::int64_t alignment = 16; // floats

std::int64_t floats_of(const dense_network& net, std::int64_t lanes) {
  std::int64_t count = 3 * round_up(net.inputs, alignment);
  for (const auto& layer : net.layers) {
    const auto outputs = round_up(layer.outputs, lanes);
    count += round_up(outputs * layer.inputs, alignment) + round_up(outputs, alignment);
  }
  return count;
}

} // namespace

packed_network::packed_network(const dense_network& net, cpu_target target) : target_{target} {
  block_.resize(static_cast<std::size_t>(floats_of(net, lanes(target))) * sizeof(float));
  std::memset(block_.data(), 0, block_.size());
  view_.inputs = net.inputs;
  view_.outputs = net.outputs();
  if (net.before)
    view_.before = {copy(net.before->center), copy(net.before->scale), copy(net.before->shift)};
  for (const auto& layer : net.layers)
    layers_.push_back(pack(layer));
  view_.layers = layers_.data();
  view_.layer_count = static_cast<std::int64_t>(layers_.size());
  choose_block();
}

float* packed_network::take(std::int64_t count) {
  float* at = block_.as<float>() + used_;
  used_ += static_cast<std::size_t>(round_up(count, alignment));
  LEPTON_ASSERT(used_ * sizeof(float) <= block_.size());
  return at;
}

const float* packed_network::copy(const std::vector<float>& values) {
  float* to = take(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), to);
  return to;
}

layer_view packed_network::pack(const dense_layer& layer) {
  const std::int64_t width = lanes(target_);
  const bool dots = few_outputs(layer, width);
  layer_view to;
  to.kind = dots ? layer_kind::dots : layer_kind::panels;
  to.act = layer.act;
  to.alpha = layer.alpha;
  to.inputs = layer.inputs;
  to.outputs = layer.outputs;
  to.stride = dots ? layer.outputs : round_up(layer.outputs, width);
  float* bias = take(to.stride);
  std::copy(layer.bias.begin(), layer.bias.end(), bias);
  to.bias = bias;
  float* weights = take(to.stride * layer.inputs);
  to.weights = weights;
  if (dots) {
    std::copy(layer.weights.begin(), layer.weights.end(), weights);
    return to;
  }
  // A panel is two vectors wide, the last one perhaps a single vector.
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    const std::int64_t first = o / (2 * width) * (2 * width);
    const std::int64_t panel = std::min(2 * width, to.stride - first);
    for (std::int64_t i = 0; i < layer.inputs; ++i)
      weights[first * layer.inputs + i * panel + (o - first)] =
          layer.weights[static_cast<std::size_t>(o * layer.inputs + i)];
  }
  return to;
}

/// As many rows at a time as keep two buffers of the widest layer in about half of a first-level
/// cache; a multiple of the tile's 6 rows.
void packed_network::choose_block() {
  std::int64_t widest = view_.before.scale ? view_.inputs : 0;
  for (const auto& layer : layers_)
    widest = std::max(widest, layer.stride);
  view_.block_rows =
      std::clamp<std::int64_t>(4096 / std::max<std::int64_t>(widest, 1) / 6 * 6, 24, 96);
  view_.scratch_floats = round_up(view_.block_rows * widest, alignment);
}

} // namespace lepton::kernels::cpu
