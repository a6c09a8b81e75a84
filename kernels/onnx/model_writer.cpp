#include "kernels/onnx/model_writer.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

// The field numbers are those of onnx.proto.

namespace lepton::kernels::onnx {

namespace {

/// TensorProto.DataType.
enum : std::int64_t { float32 = 1, int64 = 7 };

/// AttributeProto.AttributeType.
enum : std::int64_t { real_type = 1, integer_type = 2, integers_type = 7 };

wire_writer value_info(std::string_view name, const std::vector<std::int64_t>& dims) {
  wire_writer shape;
  shape.message(1, wire_writer{}.text(2, "N")); // the batch
  for (const auto dim : dims)
    shape.message(1, wire_writer{}.integer(1, dim));
  const auto tensor = wire_writer{}.integer(1, float32).message(2, shape);
  return wire_writer{}.text(1, name).message(2, wire_writer{}.message(1, tensor));
}

} // namespace

model_writer::model_writer(std::string_view input_name, const std::vector<std::int64_t>& input)
    : value_{input_name} {
  graph_.text(2, "lepton").message(11, value_info(input_name, input));
}

std::string model_writer::add_constant(std::string_view name, const std::vector<std::int64_t>& dims,
                                       std::int64_t type, std::string_view raw) {
  auto unique = fmt::format("{}_{}", name, constants_++);
  wire_writer tensor;
  for (const auto dim : dims)
    tensor.integer(1, dim);
  tensor.integer(2, type).text(8, unique).text(9, raw);
  graph_.message(5, tensor);
  return unique;
}

std::string model_writer::constant(std::string_view name, const std::vector<std::int64_t>& dims,
                                   const std::vector<float>& values) {
  return add_constant(
      name, dims, float32,
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string model_writer::constant(std::string_view name, const std::vector<std::int64_t>& values,
                                   bool scalar) {
  std::vector<std::int64_t> dims;
  if (!scalar)
    dims.push_back(static_cast<std::int64_t>(values.size()));
  return add_constant(
      name, dims, int64,
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t)});
}

wire_writer model_writer::attribute(std::string_view name, std::int64_t value) {
  return wire_writer{}.text(1, name).integer(3, value).integer(20, integer_type);
}

wire_writer model_writer::attribute(std::string_view name, float value) {
  return wire_writer{}.text(1, name).real(2, value).integer(20, real_type);
}

wire_writer model_writer::attribute(std::string_view name,
                                    const std::vector<std::int64_t>& values) {
  wire_writer to;
  to.text(1, name);
  for (const auto value : values)
    to.integer(8, value);
  return to.integer(20, integers_type);
}

void model_writer::add(std::string_view op, const std::vector<std::string>& constants,
                       const std::vector<wire_writer>& attributes) {
  std::vector<std::string> inputs{value_};
  inputs.insert(inputs.end(), constants.begin(), constants.end());
  add_with_inputs(op, inputs, attributes);
}

std::string model_writer::add_with_inputs(std::string_view op,
                                          const std::vector<std::string>& inputs,
                                          const std::vector<wire_writer>& attributes) {
  value_ = fmt::format("value_{}", nodes_.size());
  nodes_.push_back({std::string{op}, inputs, attributes, value_});
  return value_;
}

void model_writer::need_opset(std::int64_t version) noexcept {
  opset_ = std::max(opset_, version);
}

std::vector<std::uint8_t> model_writer::finish(std::string_view output_name,
                                               std::int64_t output) const {
  LEPTON_ASSERT(!nodes_.empty());
  auto graph = graph_;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& n = nodes_[i];
    wire_writer node;
    for (const auto& name : n.inputs)
      node.text(1, name);
    // The last one writes to the output's name.
    node.text(2, i + 1 == nodes_.size() ? output_name : n.output)
        .text(3, fmt::format("{}_{}", n.op, i))
        .text(4, n.op);
    for (const auto& a : n.attributes)
      node.message(5, a);
    graph.message(1, node);
  }
  graph.message(12, value_info(output_name, {output}));
  const auto opset = wire_writer{}.text(1, "").integer(2, opset_);
  const std::string bytes = wire_writer{}
                                .integer(1, opset_ > 18 ? 9 : 8) // the file format of that time
                                .text(2, "lepton")
                                .message(7, graph)
                                .message(8, opset)
                                .bytes();
  return {bytes.begin(), bytes.end()};
}

} // namespace lepton::kernels::onnx
