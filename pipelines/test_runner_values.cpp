#include "pipelines/test_runner_values.hpp"

#include "pipelines/expression/calendar.hpp"
#include "pipelines/record_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace lepton::pipelines {

namespace {

constexpr std::size_t longest_text = 60;
constexpr std::size_t longest_row = 400;
constexpr std::int32_t shown_elements = 4;

template <class T>
std::optional<T> number(const core::value& item) {
  const auto* text = item.text();
  T value{};
  if (!text)
    return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

std::optional<std::int64_t> timestamp(const core::value& item) {
  if (const auto ms = number<std::int64_t>(item))
    return ms;
  return item.text() ? expr::parse_timestamp(*item.text()) : std::nullopt;
}

template <class T>
bool set(std::optional<T> value, core::column& to, std::int64_t row) {
  if (value)
    to.as_mutable<T>()[static_cast<std::size_t>(row)] = *value;
  return value.has_value();
}

bool set_list(const core::value& item, core::column& to, std::int64_t row) {
  const auto* items = item.list();
  const auto size = static_cast<std::size_t>(to.type.list_size);
  if (!items || items->size() != size)
    return false;
  auto* out = to.as_mutable<float>().data() + static_cast<std::size_t>(row) * size;
  for (const auto& each : *items) {
    const auto value = number<float>(each);
    if (!value)
      return false;
    *out++ = *value;
  }
  return true;
}

bool set_boolean(const core::value& item, core::column& to, std::int64_t row) {
  const auto* text = item.text();
  if (!text || (*text != "true" && *text != "false"))
    return false;
  to.set_boolean(row, *text == "true");
  return true;
}

bool near(double a, double b) {
  return a == b || std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(b)) ||
         (std::isnan(a) && std::isnan(b));
}

std::string cell_text(const core::column& column, std::int64_t row) {
  std::string text;
  if (!column.valid(row))
    return "null";
  if (column.type.id == core::type_id::float32_list) {
    const auto size = column.type.list_size;
    const auto* values = column.as<float>().data() + row * size;
    for (std::int32_t i = 0; i < std::min(size, shown_elements); ++i)
      text += fmt::format("{}{}", i == 0 ? "" : ", ", values[i]);
    return fmt::format("[{}{}]", text, size > shown_elements ? ", ..." : "");
  }
  append_text(column, row, text);
  if (text.size() > longest_text)
    text = text.substr(0, longest_text) + "...";
  return text;
}

} // namespace

bool is_null_value(const core::value& item) noexcept {
  const auto* text = item.text();
  return item.is_null() || (text && !item.quoted && (*text == "null" || *text == "~"));
}

bool write_cell(const core::value& item, core::column& to, std::int64_t row) {
  switch (to.type.id) {
    case core::type_id::boolean: return set_boolean(item, to, row);
    case core::type_id::int32: return set(number<std::int32_t>(item), to, row);
    case core::type_id::int64: return set(number<std::int64_t>(item), to, row);
    case core::type_id::timestamp_ms: return set(timestamp(item), to, row);
    case core::type_id::float32: return set(number<float>(item), to, row);
    case core::type_id::float64: return set(number<double>(item), to, row);
    case core::type_id::float32_list: return set_list(item, to, row);
    case core::type_id::string:
    case core::type_id::binary: break;
  }
  if (!item.text())
    return false;
  to.append_string(*item.text());
  return true;
}

bool matches_cell(const core::value& expected, const core::column& column, std::int64_t row) {
  if (is_null_value(expected) || !column.valid(row))
    return is_null_value(expected) && !column.valid(row);
  core::column wanted{column.type};
  if (!column.type.is_variable_size())
    wanted.resize_rows(1);
  if (!write_cell(expected, wanted, 0))
    return false;
  const auto at = static_cast<std::size_t>(row);
  switch (column.type.id) {
    case core::type_id::boolean: return wanted.boolean_at(0) == column.boolean_at(row);
    case core::type_id::int32: return wanted.as<std::int32_t>()[0] == column.as<std::int32_t>()[at];
    case core::type_id::float64: return near(column.as<double>()[at], wanted.as<double>()[0]);
    case core::type_id::string:
    case core::type_id::binary: return wanted.string_at(0) == column.string_at(row);
    case core::type_id::int64:
    case core::type_id::timestamp_ms:
      return wanted.as<std::int64_t>()[0] == column.as<std::int64_t>()[at];
    case core::type_id::float32:
    case core::type_id::float32_list: break;
  }
  const auto values = wanted.as<float>();
  const auto actual = column.as<float>().subspan(at * values.size(), values.size());
  return std::equal(actual.begin(), actual.end(), values.begin(), near);
}

std::string show_row(const core::batch& rows, std::int64_t row) {
  std::string text = "{";
  for (std::size_t c = 0; c < rows.columns.size(); ++c) {
    if (!rows.columns[c])
      continue;
    if (text.size() > longest_row)
      return text + ", ...}";
    text += fmt::format("{}{}: {}", text.size() == 1 ? "" : ", ", (*rows.schema)[c].name,
                        cell_text(*rows.columns[c], row));
  }
  return text + "}";
}

} // namespace lepton::pipelines
