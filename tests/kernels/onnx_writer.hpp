#pragma once

#include "kernels/onnx/onnx_model.hpp"

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Writes small ONNX files, field by field as onnx.proto says. Shares no code with the reader.

namespace lepton::tests {

/// One protobuf message.
class wire_message {
public:
  wire_message& integer(std::uint32_t field, std::int64_t value) {
    varint(field << 3);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  wire_message& real(std::uint32_t field, float value) {
    varint(field << 3 | 5);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  wire_message& text(std::uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  wire_message& message(std::uint32_t field, const wire_message& value) {
    return text(field, value.bytes_);
  }
  const std::string& bytes() const { return bytes_; }

private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

using dims = std::vector<std::int64_t>;

template <class T>
std::string raw_bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline wire_message tensor_message(std::string_view name, const dims& shape,
                                   kernels::onnx::element_type type, std::string_view raw) {
  wire_message t;
  for (const auto dim : shape)
    t.integer(1, dim);
  t.integer(2, static_cast<std::int64_t>(type)).text(8, name).text(9, raw);
  return t;
}

inline wire_message integer_attribute(std::string_view name, std::int64_t value) {
  return wire_message{}.text(1, name).integer(3, value).integer(20, 2);
}
inline wire_message real_attribute(std::string_view name, float value) {
  return wire_message{}.text(1, name).real(2, value).integer(20, 1);
}
inline wire_message reals_attribute(std::string_view name, const std::vector<float>& values) {
  return wire_message{}.text(1, name).text(7, raw_bytes(values)).integer(20, 6);
}

/// Builds a graph with the input "x" from the front to the back: each operator takes the value that
/// the one before gave.
class onnx_writer {
public:
  /// `width` numbers in a row; -1 leaves it open.
  explicit onnx_writer(std::int64_t width) : onnx_writer{dims{-1, width}} {}
  /// -1 = not fixed.
  explicit onnx_writer(const dims& input) { graph_.message(11, value_info("x", input, 1)); }

  /// A float32 constant for an operator; returns its name.
  std::string constant(const dims& shape, const std::vector<float>& values) {
    return constant(shape, kernels::onnx::element_type::float32, raw_bytes(values));
  }
  std::string integers(const std::vector<std::int64_t>& values) {
    return constant({static_cast<std::int64_t>(values.size())}, kernels::onnx::element_type::int64,
                    raw_bytes(values));
  }
  std::string constant(const dims& shape, kernels::onnx::element_type type, std::string_view raw) {
    const auto name = "c" + std::to_string(count_++);
    return add_initializer(name, tensor_message(name, shape, type, raw));
  }
  std::string add_initializer(const std::string& name, const wire_message& tensor) {
    graph_.message(5, tensor);
    return name;
  }

  /// `more` are the inputs after the value so far.
  onnx_writer& op(std::string_view type, const std::vector<std::string>& more = {},
                  const std::vector<wire_message>& attributes = {}, std::string_view domain = {}) {
    std::vector<std::string> inputs{value_};
    inputs.insert(inputs.end(), more.begin(), more.end());
    return node(type, inputs, attributes, domain);
  }
  onnx_writer& node(std::string_view type, const std::vector<std::string>& inputs,
                    const std::vector<wire_message>& attributes = {},
                    std::string_view domain = {}) {
    wire_message n;
    for (const auto& input : inputs)
      n.text(1, input);
    value_ = "v" + std::to_string(count_++);
    n.text(2, value_).text(4, type);
    for (const auto& a : attributes)
      n.message(5, a);
    if (!domain.empty())
      n.text(7, domain);
    graph_.message(1, n);
    return *this;
  }

  const std::string& value() const { return value_; }

  /// The whole file, with the value so far as the output.
  std::string file(const dims& output = {-1, -1}) const {
    auto graph = graph_;
    graph.text(2, "g").message(12, value_info(value_, output, 1));
    return wire_message{}
        .integer(1, 8)
        .message(7, graph)
        .message(8, wire_message{}.text(1, "").integer(2, 13))
        .message(8, wire_message{}.text(1, "ai.onnx.ml").integer(2, 2))
        .bytes();
  }

private:
  static wire_message value_info(std::string_view name, const dims& shape, std::int64_t type) {
    wire_message s;
    for (std::size_t i = 0; i < shape.size(); ++i)
      s.message(1, shape[i] < 0 ? wire_message{}.text(2, "d" + std::to_string(i))
                                : wire_message{}.integer(1, shape[i]));
    return wire_message{}.text(1, name).message(
        2, wire_message{}.message(1, wire_message{}.integer(1, type).message(2, s)));
  }

  wire_message graph_;
  std::string value_ = "x";
  int count_ = 0;
};

inline std::vector<float> random_floats(std::size_t count, float scale, std::uint32_t seed) {
  std::mt19937 random{seed};
  std::normal_distribution<float> normal{0.0f, scale};
  std::vector<float> values(count);
  for (auto& v : values)
    v = normal(random);
  return values;
}

/// A perceptron of the given widths: Gemm and an activation for each layer, random weights.
inline std::string mlp_file(const std::vector<std::int64_t>& widths,
                            const std::string& hidden = "Relu", const std::string& last = "Sigmoid",
                            std::uint32_t seed = 1) {
  onnx_writer w{widths[0]};
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const auto in = widths[l - 1], out = widths[l];
    const auto scale = 1.0f / std::sqrt(static_cast<float>(in));
    w.op("Gemm", {w.constant({in, out}, random_floats(static_cast<std::size_t>(in * out), scale,
                                                      seed + static_cast<std::uint32_t>(2 * l))),
                  w.constant({out}, random_floats(static_cast<std::size_t>(out), 0.1f,
                                                  seed + static_cast<std::uint32_t>(2 * l + 1)))});
    const auto& act = l + 1 == widths.size() ? last : hidden;
    if (!act.empty())
      w.op(act);
  }
  return w.file({-1, widths.back()});
}

inline std::vector<std::uint8_t> as_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

} // namespace lepton::tests
