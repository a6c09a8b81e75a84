#pragma once

#include "kernels/onnx/wire_writer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::kernels::onnx {

/// Writes an ONNX file (onnx.proto, ONNX 1.x), operator after operator: each takes the value that
/// the one before gave, unless it says otherwise. Knows nothing of what the operators mean.
class model_writer {
public:
  /// `input` without the batch, which stays open.
  model_writer(std::string_view input_name, const std::vector<std::int64_t>& input);

  /// A float32 constant; returns its name, which is unique.
  std::string constant(std::string_view name, const std::vector<std::int64_t>& dims,
                       const std::vector<float>& values);

  /// A list of int64; with `scalar` a single number without dimensions.
  std::string constant(std::string_view name, const std::vector<std::int64_t>& values,
                       bool scalar = false);

  static wire_writer attribute(std::string_view name, std::int64_t value);
  static wire_writer attribute(std::string_view name, float value);
  static wire_writer attribute(std::string_view name, const std::vector<std::int64_t>& values);

  /// `constants` are the inputs after the value so far.
  void add(std::string_view op, const std::vector<std::string>& constants = {},
           const std::vector<wire_writer>& attributes = {});

  /// As `add`, but with all inputs; returns the name of what it gives, which is the value so far.
  std::string add_with_inputs(std::string_view op, const std::vector<std::string>& inputs,
                              const std::vector<wire_writer>& attributes = {});
  /// The name of the value so far: at first the input.
  const std::string& value() const noexcept { return value_; }

  /// The operators so far need at least that version of the standard operators (13 at the start).
  void need_opset(std::int64_t version) noexcept;

  /// The file, with the value so far as its output of `output` numbers a row.
  std::vector<std::uint8_t> finish(std::string_view output_name, std::int64_t output) const;

private:
  /// Kept until `finish`, because the last one writes to the output's name.
  struct pending_node {
    std::string op;
    std::vector<std::string> inputs;
    std::vector<wire_writer> attributes;
    std::string output;
  };

  std::string add_constant(std::string_view name, const std::vector<std::int64_t>& dims,
                           std::int64_t type, std::string_view raw);

  wire_writer graph_;
  std::vector<pending_node> nodes_;
  std::string value_;
  std::int64_t opset_ = 13;
  int constants_ = 0;
};

} // namespace lepton::kernels::onnx
