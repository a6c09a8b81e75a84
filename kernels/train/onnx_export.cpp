#include "kernels/train/onnx_export.hpp"

#include "kernels/onnx/model_writer.hpp"
#include "kernels/train/check_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::kernels::train {

namespace {

using onnx::model_writer;
using window = std::vector<std::int64_t>;

const named_values& value(const std::vector<named_values>& values, std::string_view name) {
  for (const auto& v : values)
    if (v.name == name)
      return v;
  LEPTON_ASSERT(false);
  return values.front();
}

std::string constant(model_writer& to, const std::vector<named_values>& values,
                     std::string_view name) {
  const auto& v = value(values, name);
  return to.constant(name, v.dims, v.data);
}

void add_conv(model_writer& to, const layer_spec& l, const std::vector<named_values>& values) {
  to.add("Conv", {constant(to, values, "weight"), constant(to, values, "bias")},
         {model_writer::attribute("kernel_shape", window{l.kernel, l.kernel}),
          model_writer::attribute("strides", window{l.stride, l.stride}),
          model_writer::attribute("pads", window(4, l.padding))});
}

void add_pool(model_writer& to, const layer_spec& l) {
  to.add(l.type == layer_type::max_pool ? "MaxPool" : "AveragePool", {},
         {model_writer::attribute("kernel_shape", window{l.kernel, l.kernel}),
          model_writer::attribute("strides", window{l.stride, l.stride})});
}

void add_norm(model_writer& to, const layer_spec& l, const std::vector<named_values>& values) {
  const auto gamma = constant(to, values, "weight"), beta = constant(to, values, "bias");
  if (l.type == layer_type::layer_norm) {
    to.need_opset(17);
    to.add("LayerNormalization", {gamma, beta}, {model_writer::attribute("epsilon", l.epsilon)});
    return;
  }
  to.add("BatchNormalization",
         {gamma, beta, constant(to, values, "running_mean"), constant(to, values, "running_var")},
         {model_writer::attribute("epsilon", l.epsilon)});
}

void add_scale(model_writer& to, const layer_spec& l) {
  const window dims{static_cast<std::int64_t>(l.center.size())};
  to.add("Sub", {to.constant("center", dims, l.center)});
  to.add("Mul", {to.constant("scale", dims, l.scale)});
}

/// The row of its table for a feature; row 0 for everything that is no number of the table.
std::string add_lookup(model_writer& to, const std::string& features, const embedded_column& c,
                       const std::vector<named_values>& values) {
  const auto zero = to.constant("zero", window{}, std::vector<float>{0});
  const auto end =
      to.constant("cardinality", window{}, std::vector<float>{static_cast<float>(c.cardinality)});
  const auto column = to.constant("column", window{c.column}, true);
  const auto number = to.add_with_inputs("Gather", {features, column},
                                         {model_writer::attribute("axis", std::int64_t{1})});
  const auto from = to.add_with_inputs("GreaterOrEqual", {number, zero});
  const auto below = to.add_with_inputs("Less", {number, end});
  const auto known = to.add_with_inputs("And", {from, below});
  const auto safe = to.add_with_inputs("Where", {known, number, zero});
  const auto row =
      to.add_with_inputs("Cast", {safe}, {model_writer::attribute("to", std::int64_t{7})}); // int64
  const auto table = constant(to, values, fmt::format("table_{}", c.column));
  return to.add_with_inputs("Gather", {table, row});
}

void add_embedding(model_writer& to, const layer_spec& l, std::int64_t features,
                   const std::vector<named_values>& values) {
  const auto input = to.value();
  std::vector<std::string> parts;
  window numeric;
  for (std::int64_t i = 0; i < features; ++i)
    if (std::none_of(l.columns.begin(), l.columns.end(), [&](auto& c) { return c.column == i; }))
      numeric.push_back(i);
  if (!numeric.empty())
    parts.push_back(to.add_with_inputs("Gather", {input, to.constant("numeric", numeric)},
                                       {model_writer::attribute("axis", std::int64_t{1})}));
  for (const auto& c : l.columns)
    parts.push_back(add_lookup(to, input, c, values));
  to.add_with_inputs("Concat", parts, {model_writer::attribute("axis", std::int64_t{1})});
}

void add_layer(model_writer& to, const layer_spec& l, std::int64_t features,
               const std::vector<named_values>& values) {
  switch (l.type) {
    case layer_type::dense:
      return to.add("Gemm", {constant(to, values, "weight"), constant(to, values, "bias")},
                    {model_writer::attribute("transB", std::int64_t{1})});
    case layer_type::conv2d: return add_conv(to, l, values);
    case layer_type::max_pool:
    case layer_type::average_pool: return add_pool(to, l);
    case layer_type::batch_norm:
    case layer_type::layer_norm: return add_norm(to, l, values);
    case layer_type::scale: return add_scale(to, l);
    case layer_type::relu: return to.add("Relu");
    case layer_type::gelu: to.need_opset(20); return to.add("Gelu");
    case layer_type::tanh: return to.add("Tanh");
    case layer_type::sigmoid: return to.add("Sigmoid");
    case layer_type::softmax: return to.add("Softmax");
    case layer_type::log_softmax: return to.add("LogSoftmax");
    case layer_type::flatten: return to.add("Flatten");
    case layer_type::embedding: return add_embedding(to, l, features, values);
    case layer_type::dropout: return; // nothing in inference
  }
}

} // namespace

core::result<std::vector<std::uint8_t>> export_onnx(const learner& model, bool probabilities,
                                                    const export_names& names,
                                                    const layer_spec* scaler) {
  const auto& spec = model.spec();
  if (scaler && spec.layers[0].type == layer_type::embedding)
    return core::error{core::errc::unsupported,
                       "a scaler before an embedding would scale the numbers of categories"};
  const bool image = spec.channels * spec.height > 1;
  model_writer to{names.input,
                  image ? window{spec.channels, spec.height, spec.width} : window{spec.width}};
  if (scaler)
    add_scale(to, *scaler);
  const auto values = model.values();
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    add_layer(to, spec.layers[i], spec.width, values[i]);
  const auto loss = spec.loss.kind;
  if (probabilities && !loss_includes_last(spec) && loss != loss_function::mean_squared_error)
    to.add(loss == loss_function::binary_cross_entropy || loss == loss_function::binary_focal
               ? "Sigmoid"
               : "Softmax");
  return to.finish(names.output, model.outputs());
}

} // namespace lepton::kernels::train
