#include "kernels/train/onnx_import.hpp"

#include "kernels/cpu/onnx_chain.hpp"
#include "kernels/cpu/recognise.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::kernels::train {

namespace {

using onnx::node;

core::error unsupported(const node& n, std::string_view why) {
  return {core::errc::unsupported, fmt::format("operator {} {}", onnx::printable(n.op), why)};
}

/// Turns one operator after the other into a layer.
class chain_importer {
public:
  explicit chain_importer(const cpu::onnx_chain& chain) : chain_{chain} {}

  core::result<void> add(const node& n);
  warm_start finish() && { return std::move(to_); }

private:
  core::result<void> add_gemm(const node& n);
  core::result<void> add_conv(const node& n);
  core::result<void> add_pool(const node& n);
  core::result<void> add_norm(const node& n);
  core::result<layer_spec> window_of(const node& n, layer_type type, std::int64_t kernel) const;
  core::result<named_values> constant(const node& n, std::size_t i, std::string name) const;
  void push(layer_spec l, std::vector<named_values> values = {}) {
    to_.spec.layers.push_back(std::move(l));
    to_.values.push_back(std::move(values));
  }

  const cpu::onnx_chain& chain_;
  warm_start to_;
};

core::result<named_values> chain_importer::constant(const node& n, std::size_t i,
                                                    std::string name) const {
  const auto* t = chain_.constant(n, i);
  if (!t || t->type != onnx::element_type::float32)
    return unsupported(n, "needs constants of float32");
  auto values = onnx::floats_of(*t);
  if (!values)
    return values.error();
  return named_values{std::move(name), t->dims, std::move(*values)};
}

core::result<void> chain_importer::add_gemm(const node& n) {
  auto w = constant(n, 1, "weight");
  if (!w)
    return w.error();
  if (w->dims.size() != 2 || n.integer_or("transA", 0) != 0 || n.real_or("alpha", 1) != 1 ||
      n.real_or("beta", 1) != 1)
    return unsupported(n, "must have the form X * W + b");
  const bool rows_are_outputs = n.integer_or("transB", 0) != 0;
  const auto outputs = w->dims[rows_are_outputs ? 0 : 1];
  const auto inputs = w->dims[rows_are_outputs ? 1 : 0];
  if (!rows_are_outputs) {
    auto turned = w->data;
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < inputs; ++i)
        turned[static_cast<std::size_t>(o * inputs + i)] =
            w->data[static_cast<std::size_t>(i * outputs + o)];
    w->data = std::move(turned);
  }
  named_values b{"bias", {outputs}, std::vector<float>(static_cast<std::size_t>(outputs), 0.0f)};
  if (chain_.constant(n, 2)) {
    auto given = constant(n, 2, "bias");
    if (!given)
      return given.error();
    b = std::move(*given);
  }
  push(dense(outputs), {std::move(*w), std::move(b)});
  return {};
}

/// Square windows without dilation, with the same padding on all sides.
core::result<layer_spec> chain_importer::window_of(const node& n, layer_type type,
                                                   std::int64_t kernel) const {
  const auto same = [&](std::string_view name, std::int64_t otherwise) -> std::int64_t {
    const auto* a = n.find(name);
    if (!a || a->integers.empty())
      return otherwise;
    const auto& all = a->integers;
    return std::all_of(all.begin(), all.end(), [&](auto v) { return v == all[0]; }) ? all[0] : -1;
  };
  const auto* automatic = n.find("auto_pad");
  layer_spec to = layer(type);
  to.kernel = same("kernel_shape", kernel);
  to.stride = same("strides", 1);
  to.padding = same("pads", 0);
  if (to.kernel < 1 || to.stride < 1 || to.padding < 0 || same("dilations", 1) != 1 ||
      n.integer_or("group", 1) != 1 || n.integer_or("ceil_mode", 0) != 0 ||
      (automatic && automatic->text != "NOTSET"))
    return unsupported(n, "has a window, padding, dilation or grouping that is not known here");
  return to;
}

core::result<void> chain_importer::add_conv(const node& n) {
  auto w = constant(n, 1, "weight");
  if (!w)
    return w.error();
  if (w->dims.size() != 4 || w->dims[2] != w->dims[3])
    return unsupported(n, "must be over images, with a square window");
  auto to = window_of(n, layer_type::conv2d, w->dims[2]);
  if (!to)
    return to.error();
  to->units = w->dims[0];
  named_values b{"bias", {to->units}, std::vector<float>(static_cast<std::size_t>(to->units))};
  if (chain_.constant(n, 2)) {
    auto given = constant(n, 2, "bias");
    if (!given)
      return given.error();
    b = std::move(*given);
  }
  push(std::move(*to), {std::move(*w), std::move(b)});
  return {};
}

core::result<void> chain_importer::add_pool(const node& n) {
  auto to = window_of(n, n.op == "MaxPool" ? layer_type::max_pool : layer_type::average_pool, 0);
  if (!to)
    return to.error();
  if (to->padding != 0)
    return unsupported(n, "has a padding");
  push(std::move(*to));
  return {};
}

core::result<void> chain_importer::add_norm(const node& n) {
  const bool over_batch = n.op == "BatchNormalization";
  layer_spec to = layer(over_batch ? layer_type::batch_norm : layer_type::layer_norm);
  to.epsilon = n.real_or("epsilon", 1e-5f);
  if (!over_batch && n.integer_or("axis", -1) != -1)
    return unsupported(n, "does not run over the numbers of a row");
  std::vector<named_values> values;
  for (const auto* name : {"weight", "bias", "running_mean", "running_var"}) {
    if (values.size() == 2 && !over_batch)
      break;
    auto v = constant(n, values.size() + 1, name);
    if (!v)
      return v.error();
    values.push_back(std::move(*v));
  }
  push(std::move(to), std::move(values));
  return {};
}

core::result<void> chain_importer::add(const node& n) {
  if (!n.domain.empty())
    return unsupported(n, "is not known here");
  if (n.op == "Gemm")
    return add_gemm(n);
  if (n.op == "Conv")
    return add_conv(n);
  if (n.op == "MaxPool" || n.op == "AveragePool")
    return add_pool(n);
  if (n.op == "BatchNormalization" || n.op == "LayerNormalization")
    return add_norm(n);
  if (n.op == "Dropout" || n.op == "Identity")
    return {};
  const std::pair<std::string_view, layer_type> plain[] = {
      {"Relu", layer_type::relu},       {"Gelu", layer_type::gelu},
      {"Tanh", layer_type::tanh},       {"Sigmoid", layer_type::sigmoid},
      {"Softmax", layer_type::softmax}, {"LogSoftmax", layer_type::log_softmax},
      {"Flatten", layer_type::flatten}};
  for (const auto& [op, type] : plain)
    if (n.op == op && n.integer_or("axis", 1) * n.integer_or("axis", 1) == 1) {
      push(layer(type));
      return {};
    }
  return unsupported(n, "is not known here");
}

core::result<warm_start> from_chain(const onnx::model& from) {
  const auto chain = cpu::onnx_chain::of(from);
  if (!chain)
    return chain.error();
  chain_importer importer{*chain};
  for (const auto& link : chain->links()) {
    if (link.data_input != 0)
      return unsupported(*link.node, "is not known here");
    LEPTON_TRY(importer.add(*link.node));
  }
  auto to = std::move(importer).finish();
  const auto& dims = from.inputs[0].dims;
  if (!dims || (dims->size() != 2 && dims->size() != 4) ||
      std::any_of(dims->begin() + 1, dims->end(), [](auto d) { return d < 1; }))
    return core::error{core::errc::unsupported,
                       "the input must be [N, features] or [N, channels, height, width]"};
  to.spec.width = dims->back();
  if (dims->size() == 4)
    to.spec.channels = (*dims)[1], to.spec.height = (*dims)[2];
  return to;
}

core::result<warm_start> from_perceptron(const cpu::dense_network& net) {
  warm_start to;
  to.spec.width = net.inputs;
  const auto push = [&](layer_spec l, std::vector<named_values> values = {}) {
    to.spec.layers.push_back(std::move(l));
    to.values.push_back(std::move(values));
  };
  if (net.before) {
    // (x - center) * scale + shift = (x - (center - shift / scale)) * scale
    auto center = net.before->center;
    for (std::size_t i = 0; i < center.size(); ++i)
      center[i] -= net.before->shift[i] / net.before->scale[i];
    push(scale(std::move(center), net.before->scale));
  }
  for (const auto& l : net.layers) {
    push(dense(l.outputs),
         {{"weight", {l.outputs, l.inputs}, l.weights}, {"bias", {l.outputs}, l.bias}});
    switch (l.act) {
      case cpu::activation::none: break;
      case cpu::activation::relu: push(layer(layer_type::relu)); break;
      case cpu::activation::sigmoid: push(layer(layer_type::sigmoid)); break;
      case cpu::activation::tanh: push(layer(layer_type::tanh)); break;
      case cpu::activation::softmax: push(layer(layer_type::softmax)); break;
      case cpu::activation::leaky_relu:
        return core::error{core::errc::unsupported, "operator LeakyRelu cannot be trained here"};
    }
  }
  return to;
}

} // namespace

core::result<warm_start> import_onnx(const onnx::model& from) {
  auto chain = from_chain(from);
  if (chain)
    return chain;
  const auto net = cpu::recognise(from);
  return net ? from_perceptron(*net) : chain;
}

} // namespace lepton::kernels::train
