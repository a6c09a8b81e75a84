#include "kernels/onnx/model_writer.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

// The field numbers are those of onnx.proto.

namespace lepton::kernels::onnx {

namespace {

constexpr std::int64_t float32 = 1;

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
    : input_{input_name} {
  graph_.text(2, "lepton").message(11, value_info(input_name, input));
}

std::string model_writer::constant(std::string_view name, const std::vector<std::int64_t>& dims,
                                   const std::vector<float>& values) {
  const auto unique = fmt::format("{}_{}", name, constants_++);
  wire_writer tensor;
  for (const auto dim : dims)
    tensor.integer(1, dim);
  tensor.integer(2, float32).text(8, unique);
  tensor.text(9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  graph_.message(5, tensor);
  return unique;
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
  nodes_.push_back({std::string{op}, constants, attributes});
}

void model_writer::need_opset(std::int64_t version) noexcept {
  opset_ = std::max(opset_, version);
}

std::vector<std::uint8_t> model_writer::finish(std::string_view output_name,
                                               std::int64_t output) const {
  LEPTON_ASSERT(!nodes_.empty());
  auto graph = graph_;
  std::string value = input_;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& n = nodes_[i];
    wire_writer node;
    node.text(1, value);
    for (const auto& name : n.inputs)
      node.text(1, name);
    value = i + 1 == nodes_.size() ? std::string{output_name} : fmt::format("value_{}", i);
    node.text(2, value).text(3, fmt::format("{}_{}", n.op, i)).text(4, n.op);
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
