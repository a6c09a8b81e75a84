#pragma once

#include "connectors/formats/column_builder.hpp"
#include "connectors/formats/json/json_fault.hpp"
#include "connectors/formats/json/json_floats.hpp"
#include "core/schema_spec.hpp"

#include <cstdint>
#include <string>

namespace lepton::connectors {

/// The record that is being read, and the row that it will become.
struct json_record {
  const char* begin = nullptr;
  const char* end = nullptr;
  std::int64_t row = 0;
};

/// Reads the values of one schema entry into its column. Knows nothing of keys. After a fault
/// `not_the_schema` the complaint says what is wrong, without any byte of the record.
class json_field {
public:
  explicit json_field(const core::schema_entry& entry);

  void begin(std::int64_t rows);
  core::column_ptr finish(std::int64_t rows) { return column_.finish(rows); }
  void undo(std::int64_t row) noexcept { column_.undo(row); }

  /// Reads the value at p, which stands in `depth` containers.
  json_scan read(const char* p, const json_record& record, int depth);
  /// The record has no value, or null: the default, a null, or false if the schema forbids both.
  bool set_absent(std::int64_t row);

  /// True exactly once between two calls of `begin` for each `row`: a key seen twice gives false.
  bool first_time(std::int64_t serial) noexcept {
    const bool first = serial_ != serial;
    serial_ = serial;
    return first;
  }
  bool seen(std::int64_t serial) const noexcept { return serial_ == serial; }

  const std::string& name() const noexcept { return entry_.field.name; }
  const std::string& complaint() const noexcept { return complaint_; }
  json_scan complain(const char* p, std::string text);

private:
  json_scan read_boolean(const char* p, const json_record& record);
  json_scan read_integer(const char* p, const json_record& record);
  json_scan read_float(const char* p, const json_record& record);
  json_scan read_text(const char* p, const json_record& record);
  json_scan read_binary(const char* p, const json_record& record);
  json_scan read_time(const char* p, const json_record& record);
  json_scan read_list(const char* p, const json_record& record, int depth);
  json_scan read_list_slowly(const char* p, const json_record& record, int depth);
  json_scan read_element(const char* p, float* to);
  json_scan read_null(const char* p, const json_record& record);
  json_scan wrong_type(const char* p, int depth);
  json_scan unescape(const char* p, const json_record& record, std::string_view& text);
  json_scan out_of_range(const char* p);

  core::schema_entry entry_;
  core::type_id type_;
  column_builder column_;
  float_list_reader floats_;
  std::int64_t serial_ = -1;
  std::string scratch_;
  std::string complaint_;
};

/// "a string", "an object", ...; null if no value can begin with this character.
const char* json_kind(char first) noexcept;

} // namespace lepton::connectors
