#pragma once

#include "core/result.hpp"
#include "kernels/onnx/wire_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an ONNX file holds (onnx.proto of ONNX 1.x), as far as Lepton reads it. All names and raw
// data are views into `model::file`.

namespace lepton::kernels::onnx {

/// TensorProto.DataType; numbers that are not listed are kept as they are.
enum class element_type : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
};

/// "float32", "int64", ...; "type 17" for those without a name here.
std::string to_string(element_type type);

/// A constant. `dims` are checked: none is negative, their product fits, and there are as many
/// values as it says (for the types listed above).
struct tensor {
  std::string_view name;
  element_type type = element_type::undefined;
  std::vector<std::int64_t> dims;
  std::int64_t count = 0; ///< product of `dims`
  bytes raw;              ///< little-endian values, or empty and one of the next three
  std::vector<float> reals;
  std::vector<double> doubles;
  std::vector<std::int64_t> integers;
  std::vector<std::string_view> strings;
};

/// Values of a float32 or float64 tensor (narrowed), or of an int32 or int64 one.
core::result<std::vector<float>> floats_of(const tensor& t);
/// Values of an int32 or int64 tensor.
core::result<std::vector<std::int64_t>> integers_of(const tensor& t);

/// A named parameter of a node. Bodies (`If`, `Loop`) are noted as `graph` but not read.
struct attribute {
  enum class kind : std::uint8_t {
    none,
    real,
    integer,
    text,
    tensor,
    graph,
    reals,
    integers,
    texts
  };

  std::string_view name;
  kind type = kind::none;
  float real = 0;
  std::int64_t integer = 0;
  std::string_view text;
  std::optional<onnx::tensor> value;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  std::vector<std::string_view> texts;
};

struct node {
  std::string_view name;
  std::string_view op;
  std::string_view domain; ///< empty = the standard operators; "ai.onnx.ml" for trees and the like
  std::vector<std::string_view> inputs; ///< an empty name = an optional input that is left out
  std::vector<std::string_view> outputs;
  std::vector<attribute> attributes;

  const attribute* find(std::string_view attribute_name) const noexcept;
  std::int64_t integer_or(std::string_view attribute_name, std::int64_t otherwise) const noexcept;
  float real_or(std::string_view attribute_name, float otherwise) const noexcept;
};

/// An input or output of the graph.
struct value_info {
  std::string_view name;
  bool is_tensor = false;
  element_type type = element_type::undefined;
  std::optional<std::vector<std::int64_t>> dims; ///< -1 = not fixed; absent = rank unknown
};

/// One ONNX file. Movable, not copyable: the views point into `file`.
struct model {
  model() = default;
  model(model&&) = default;
  model& operator=(model&&) = default;

  std::vector<std::uint8_t> file;
  std::int64_t ir_version = 0;
  std::int64_t opset = 0; ///< version of the standard operators; 0 = not stated
  std::vector<node> nodes;
  std::vector<tensor> constants;  ///< the graph's initializers
  std::vector<value_info> inputs; ///< without those that are constants
  std::vector<value_info> outputs;
};

/// Reads a whole file that is in memory. Bounded: memory stays below about 8 times the file, and
/// at most `max_objects` nodes, attributes, names and tensors are made. Errors: malformed,
/// unsupported (external data), capacity.
core::result<model> read_model(std::vector<std::uint8_t> file);

inline constexpr std::int64_t max_file_bytes = 256 << 20;
inline constexpr std::int64_t max_objects = 500'000;

/// A name from a file in a form that is safe to print: at most 64 characters, others than visible
/// ASCII replaced by '?'.
std::string printable(std::string_view name);

} // namespace lepton::kernels::onnx
