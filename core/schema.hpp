#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::core {

/// The types a column can have. The names in configuration files are those of `name()`.
enum class type_id : std::uint8_t {
  boolean,      ///< "bool", one bit a value
  int32,        ///< "int32"
  int64,        ///< "int64"
  float32,      ///< "float32"
  float64,      ///< "float64"
  string,       ///< "string", UTF-8
  binary,       ///< "binary", any bytes
  timestamp_ms, ///< "timestamp_ms", int64 milliseconds since 1970-01-01 UTC
  float32_list, ///< "float32[N]", N values in each row (Arrow fixed_size_list)
};

struct data_type {
  type_id id = type_id::int64;
  std::int32_t list_size = 0; ///< N of float32[N], else 0

  friend bool operator==(const data_type&, const data_type&) = default;

  bool is_number() const noexcept;        ///< int32, int64, float32, float64
  bool is_integer() const noexcept;       ///< int32, int64
  bool is_variable_size() const noexcept; ///< string, binary
  /// Bytes of one value in the values buffer; 0 for bool (bits) and for string and binary.
  std::size_t value_size() const noexcept;
};

/// "float64", "float32[28]", ...
std::string to_string(data_type type);

/// Reads the text of `to_string`; empty for anything else. N is 1..65536.
std::optional<data_type> parse_data_type(std::string_view text);

struct field {
  std::string name;
  data_type type;
  bool nullable = false; ///< false: no row of this column is ever null

  friend bool operator==(const field&, const field&) = default;
};

/// The ordered columns of a stream. Immutable; shared between batches. Names are unique.
class schema {
public:
  explicit schema(std::vector<field> fields) : fields_{std::move(fields)} {}

  const std::vector<field>& fields() const noexcept { return fields_; }
  std::size_t size() const noexcept { return fields_.size(); }
  const field& operator[](std::size_t i) const { return fields_[i]; }
  std::optional<std::size_t> index_of(std::string_view name) const noexcept;
  std::vector<std::string> names() const;
  friend bool operator==(const schema& a, const schema& b) { return a.fields_ == b.fields_; }

private:
  std::vector<field> fields_;
};

using schema_ptr = std::shared_ptr<const schema>;

/// The schema of every `<component>.errors` stream: payload (binary, nullable), reason, component,
/// topic (string), partition (int32), offset (int64), attempts (int32), timestamp (timestamp_ms,
/// nullable: the time of the record at its source).
schema_ptr error_schema();

} // namespace lepton::core
