#include "connectors/formats/json/json_field.hpp"

#include "connectors/formats/json/json_skip.hpp"
#include "connectors/formats/text/base64.hpp"
#include "connectors/formats/text/rfc3339.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace lepton::connectors {

using core::type_id;

namespace {

bool begins_number(char c) noexcept {
  return c == '-' || (c >= '0' && c <= '9');
}

json_scan done(const char* p) noexcept {
  return {p, json_fault::none};
}

} // namespace

const char* json_kind(char first) noexcept {
  switch (first) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "a list";
    case 't':
    case 'f': return "true or false";
    case 'n': return "null";
    default: return begins_number(first) ? "a number" : nullptr;
  }
}

json_field::json_field(const core::schema_entry& entry)
    : entry_{entry}, type_{entry.field.type.id}, column_{entry.field.type} {}

void json_field::begin(std::int64_t rows) {
  column_.begin(rows);
  serial_ = -1;
}

json_scan json_field::complain(const char* p, std::string text) {
  complaint_ = std::move(text);
  return {p, json_fault::not_the_schema};
}

json_scan json_field::read(const char* p, const json_record& record, int depth) {
  if (*p == 'n') [[unlikely]]
    return read_null(p, record);
  switch (type_) {
    case type_id::int32:
    case type_id::int64:
      if (begins_number(*p))
        return read_integer(p, record);
      break;
    case type_id::float32:
    case type_id::float64:
      if (begins_number(*p))
        return read_float(p, record);
      break;
    case type_id::string:
      if (*p == '"')
        return read_text(p + 1, record);
      break;
    case type_id::binary:
      if (*p == '"')
        return read_binary(p + 1, record);
      break;
    case type_id::timestamp_ms:
      if (*p == '"' || begins_number(*p))
        return read_time(p, record);
      break;
    case type_id::boolean:
      if (*p == 't' || *p == 'f')
        return read_boolean(p, record);
      break;
    case type_id::float32_list:
      if (*p == '[')
        return read_list(p + 1, record, depth + 1);
      break;
  }
  return wrong_type(p, depth);
}

bool json_field::set_absent(std::int64_t row) {
  if (entry_.fallback)
    column_.set_value(row, *entry_.fallback);
  else if (entry_.field.nullable)
    column_.set_null(row);
  else
    return false;
  return true;
}

json_scan json_field::read_null(const char* p, const json_record& record) {
  const auto word = skip_word(p);
  if (!word.ok() || set_absent(record.row))
    return word;
  return complain(p, fmt::format("field '{}' must not be null", name()));
}

json_scan json_field::wrong_type(const char* p, int depth) {
  const char* found = json_kind(*p);
  const auto whole = skip_value(p, depth);
  if (!found || !whole.ok())
    return whole;
  return complain(p, fmt::format("field '{}': expected {}, found {}", name(),
                                 core::to_string(entry_.field.type), found));
}

json_scan json_field::out_of_range(const char* p) {
  return complain(p, fmt::format("field '{}': the number is out of the range of {}", name(),
                                 core::to_string(entry_.field.type)));
}

json_scan json_field::read_boolean(const char* p, const json_record& record) {
  const auto word = skip_word(p);
  if (word.ok())
    column_.set_boolean(record.row, *p == 't');
  return word;
}

json_scan json_field::read_integer(const char* p, const json_record& record) {
  json_number number;
  const auto scan = read_number(p, number);
  if (!scan.ok()) [[unlikely]]
    return scan;
  std::int64_t value = 0;
  const auto fault = to_int64(number, value);
  if (fault == number_fault::not_whole) [[unlikely]]
    return complain(p, fmt::format("field '{}': expected {}, found a number with a fraction",
                                   name(), core::to_string(entry_.field.type)));
  const bool narrow = type_ == type_id::int32;
  const auto small = static_cast<std::int32_t>(value);
  if (fault != number_fault::none || (narrow && small != value)) [[unlikely]]
    return out_of_range(p);
  if (narrow)
    column_.set(record.row, small);
  else
    column_.set(record.row, value);
  return scan;
}

json_scan json_field::read_float(const char* p, const json_record& record) {
  json_number number;
  const auto scan = read_number(p, number);
  if (!scan.ok()) [[unlikely]]
    return scan;
  double value = 0;
  if (to_double(number, value) != number_fault::none) [[unlikely]]
    return out_of_range(p);
  if (type_ == type_id::float64) {
    column_.set(record.row, value);
    return scan;
  }
  const auto narrow = static_cast<float>(value);
  if (std::isinf(narrow)) [[unlikely]]
    return out_of_range(p);
  column_.set(record.row, narrow);
  return scan;
}

json_scan json_field::read_text(const char* p, const json_record& record) {
  const auto most = static_cast<std::size_t>(record.end - p) + 16;
  if (most > column_.text_left()) [[unlikely]]
    return complain(p, fmt::format("field '{}': the batch has more than 2 GiB of it", name()));
  json_text_writer out{column_.room(most)};
  const auto scan = read_string(p, out);
  if (scan.ok()) [[likely]]
    column_.set_text_end(record.row, out.to);
  return scan;
}

json_scan json_field::unescape(const char* p, const json_record& record, std::string_view& text) {
  scratch_.resize(static_cast<std::size_t>(record.end - p) + 16);
  json_text_writer out{scratch_.data()};
  const auto scan = read_string(p, out);
  text = {scratch_.data(), static_cast<std::size_t>(out.to - scratch_.data())};
  return scan;
}

json_scan json_field::read_binary(const char* p, const json_record& record) {
  std::string_view text;
  const auto scan = unescape(p, record, text);
  if (!scan.ok())
    return scan;
  if (text.size() > column_.text_left()) [[unlikely]]
    return complain(p, fmt::format("field '{}': the batch has more than 2 GiB of it", name()));
  char* to = column_.room(text.size());
  const auto size = decode_base64(text, to);
  if (size < 0)
    return complain(p, fmt::format("field '{}': expected binary as base64 (RFC 4648)", name()));
  column_.set_text_end(record.row, to + size);
  return scan;
}

json_scan json_field::read_time(const char* p, const json_record& record) {
  if (*p != '"')
    return read_integer(p, record);
  std::string_view text;
  const auto scan = unescape(p + 1, record, text);
  if (!scan.ok())
    return scan;
  const auto time = parse_rfc3339(text);
  if (!time)
    return complain(p, fmt::format("field '{}': expected milliseconds since 1970 or RFC 3339 text "
                                   "like 2025-11-24T17:30:00Z",
                                   name()));
  column_.set(record.row, *time);
  return scan;
}

json_scan json_field::read_list(const char* p, const json_record& record, int depth) {
  const char* end =
      floats_.read(p, record.end, column_.list(record.row), entry_.field.type.list_size);
  if (end && depth <= json_max_depth) [[likely]]
    return done(end);
  return read_list_slowly(p, record, depth);
}

json_scan json_field::read_element(const char* p, float* to) {
  json_number number;
  const auto scan = read_number(p, number);
  if (!scan.ok())
    return scan;
  double value = 0;
  const auto fault = to_double(number, value);
  if (fault != number_fault::none || std::isinf(static_cast<float>(value)))
    return out_of_range(p);
  if (to)
    *to = static_cast<float>(value);
  return scan;
}

json_scan json_field::read_list_slowly(const char* p, const json_record& record, int depth) {
  if (depth > json_max_depth)
    return {p, json_fault::too_deep};
  float* const to = column_.list(record.row);
  const auto expected = static_cast<std::int64_t>(entry_.field.type.list_size);
  std::int64_t found = 0;
  json_scan scan = done(skip_space(p));
  for (bool more = *scan.at != ']'; more; ++found) {
    p = scan.at;
    if (!begins_number(*p))
      return wrong_type(p, depth);
    scan = read_element(p, found < expected ? to + found : nullptr);
    if (!scan.ok())
      return scan;
    p = skip_space(scan.at);
    more = *p == ',';
    scan = done(more ? skip_space(p + 1) : p);
  }
  if (*scan.at != ']')
    return {scan.at, json_fault::unexpected_character};
  if (found != expected)
    return complain(p, fmt::format("field '{}': expected a list of {} numbers, found {}", name(),
                                   expected, found));
  return done(scan.at + 1);
}

} // namespace lepton::connectors
