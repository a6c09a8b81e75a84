#include "kernels/train/onnx_export.hpp"

#include "kernels/onnx/model_writer.hpp"
#include "kernels/train/check_spec.hpp"

#include <fmt/format.h>

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

void add_layer(model_writer& to, const layer_spec& l, const std::vector<named_values>& values) {
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
    case layer_type::dropout: // nothing in inference
    case layer_type::embedding: return;
  }
}

} // namespace

core::result<std::vector<std::uint8_t>> export_onnx(const learner& model, bool probabilities,
                                                    const export_names& names,
                                                    const layer_spec* scaler) {
  const auto& spec = model.spec();
  for (const auto& l : spec.layers)
    if (l.type == layer_type::embedding)
      return core::error{core::errc::unsupported,
                         "a network with an embedding cannot be written as ONNX yet"};
  const bool image = spec.channels * spec.height > 1;
  model_writer to{names.input,
                  image ? window{spec.channels, spec.height, spec.width} : window{spec.width}};
  if (scaler)
    add_scale(to, *scaler);
  const auto values = model.values();
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    add_layer(to, spec.layers[i], values[i]);
  const auto loss = spec.loss.kind;
  if (probabilities && !loss_includes_last(spec) && loss != loss_function::mean_squared_error)
    to.add(loss == loss_function::binary_cross_entropy || loss == loss_function::binary_focal
               ? "Sigmoid"
               : "Softmax");
  return to.finish(names.output, model.outputs());
}

} // namespace lepton::kernels::train
