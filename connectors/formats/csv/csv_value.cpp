#include "connectors/formats/csv/csv_value.hpp"

#include "connectors/formats/text/base64.hpp"
#include "connectors/formats/text/rfc3339.hpp"
#include "connectors/formats/text/utf8.hpp"

#include <charconv>
#include <cmath>

namespace lepton::connectors {

using core::type_id;

namespace {

template <class T>
bool read_number(std::string_view text, std::int64_t row, column_builder& to) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end)
    return false;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value))
      return false;
  to.set(row, value);
  return true;
}

bool read_boolean(std::string_view text, std::int64_t row, column_builder& to) {
  const bool yes = text == "true" || text == "1";
  if (!yes && text != "false" && text != "0")
    return false;
  to.set_boolean(row, yes);
  return true;
}

bool read_time(std::string_view text, std::int64_t row, column_builder& to) {
  if (const auto time = parse_rfc3339(text)) {
    to.set(row, *time);
    return true;
  }
  return read_number<std::int64_t>(text, row, to);
}

bool read_binary(std::string_view text, std::int64_t row, column_builder& to) {
  char* const begin = to.room(text.size() + 4);
  const auto size = decode_base64(text, begin);
  if (size < 0)
    return false;
  to.set_text_end(row, begin + size);
  return true;
}

} // namespace

bool read_csv_value(std::string_view text, core::data_type type, std::int64_t row,
                    column_builder& to) {
  if (type.is_variable_size() && text.size() + 4 > to.text_left())
    return false;
  switch (type.id) {
    case type_id::boolean: return read_boolean(text, row, to);
    case type_id::int32: return read_number<std::int32_t>(text, row, to);
    case type_id::int64: return read_number<std::int64_t>(text, row, to);
    case type_id::float32: return read_number<float>(text, row, to);
    case type_id::float64: return read_number<double>(text, row, to);
    case type_id::timestamp_ms: return read_time(text, row, to);
    case type_id::binary: return read_binary(text, row, to);
    case type_id::string:
      if (!is_utf8(text))
        return false;
      to.set_text(row, text);
      return true;
    case type_id::float32_list: break;
  }
  return false;
}

} // namespace lepton::connectors
