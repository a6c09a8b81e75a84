#include "kernels/train/network_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lepton::kernels::train {

namespace {

layer_spec window(layer_type type, std::int64_t kernel, std::int64_t stride) {
  layer_spec to = layer(type);
  to.kernel = kernel;
  to.stride = stride == 0 ? kernel : stride;
  return to;
}

std::string describe(const layer_spec& l) {
  const auto* what = name(l.type);
  switch (l.type) {
    case layer_type::dense: return fmt::format("{}({})", what, l.units);
    case layer_type::conv2d:
      return fmt::format("{}({},{},{},{})", what, l.units, l.kernel, l.stride, l.padding);
    case layer_type::max_pool:
    case layer_type::average_pool: return fmt::format("{}({},{})", what, l.kernel, l.stride);
    case layer_type::dropout: return fmt::format("{}({})", what, l.rate);
    case layer_type::scale: return fmt::format("{}({})", what, l.center.size());
    case layer_type::embedding: {
      std::string text = what;
      for (const auto& c : l.columns)
        text += fmt::format("({}:{}x{})", c.column, c.cardinality, c.dimension);
      return text;
    }
    default: return what;
  }
}

} // namespace

const char* name(layer_type type) noexcept {
  switch (type) {
    case layer_type::scale: return "scale";
    case layer_type::embedding: return "embedding";
    case layer_type::dense: return "dense";
    case layer_type::conv2d: return "conv2d";
    case layer_type::max_pool: return "max_pool";
    case layer_type::average_pool: return "average_pool";
    case layer_type::batch_norm: return "batch_norm";
    case layer_type::layer_norm: return "layer_norm";
    case layer_type::dropout: return "dropout";
    case layer_type::relu: return "relu";
    case layer_type::gelu: return "gelu";
    case layer_type::tanh: return "tanh";
    case layer_type::sigmoid: return "sigmoid";
    case layer_type::softmax: return "softmax";
    case layer_type::log_softmax: return "log_softmax";
    case layer_type::flatten: return "flatten";
  }
  return "unknown";
}

layer_spec layer(layer_type type) {
  layer_spec to;
  to.type = type;
  return to;
}

layer_spec dense(std::int64_t outputs) {
  layer_spec to = layer(layer_type::dense);
  to.units = outputs;
  return to;
}

layer_spec conv2d(std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding) {
  layer_spec to = window(layer_type::conv2d, kernel, stride);
  to.units = channels;
  to.padding = padding;
  return to;
}

layer_spec max_pool(std::int64_t kernel, std::int64_t stride) {
  return window(layer_type::max_pool, kernel, stride);
}

layer_spec average_pool(std::int64_t kernel, std::int64_t stride) {
  return window(layer_type::average_pool, kernel, stride);
}

layer_spec dropout(float rate) {
  layer_spec to = layer(layer_type::dropout);
  to.rate = rate;
  return to;
}

layer_spec embedding(std::vector<embedded_column> columns) {
  layer_spec to = layer(layer_type::embedding);
  to.columns = std::move(columns);
  return to;
}

layer_spec scale(std::vector<float> center, std::vector<float> scale) {
  layer_spec to = layer(layer_type::scale);
  to.center = std::move(center);
  to.scale = std::move(scale);
  return to;
}

float factor_at(const schedule_spec& schedule, std::int64_t step) {
  if (step < schedule.warm_up)
    return static_cast<float>(step + 1) / static_cast<float>(schedule.warm_up);
  const std::int64_t since = step - schedule.warm_up;
  switch (schedule.kind) {
    case schedule_spec::shape::constant: return 1;
    case schedule_spec::shape::step:
      return static_cast<float>(std::pow(static_cast<double>(schedule.factor),
                                         static_cast<double>(since / schedule.every)));
    case schedule_spec::shape::cosine: {
      const double share =
          std::min(1.0, static_cast<double>(since) / static_cast<double>(schedule.total));
      const double wave = (1 + std::cos(std::numbers::pi * share)) / 2;
      return schedule.floor + (1 - schedule.floor) * static_cast<float>(wave);
    }
  }
  return 1;
}

std::string describe(const network_spec& spec) {
  std::string text = spec.channels == 1 && spec.height == 1
                         ? fmt::format("{}", spec.width)
                         : fmt::format("{}x{}x{}", spec.channels, spec.height, spec.width);
  for (const auto& l : spec.layers)
    text += " " + describe(l);
  return text;
}

} // namespace lepton::kernels::train
