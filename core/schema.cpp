#include "core/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace lepton::core {

namespace {

constexpr std::array<std::pair<type_id, std::string_view>, 8> names{{
    {type_id::boolean, "bool"},
    {type_id::int32, "int32"},
    {type_id::int64, "int64"},
    {type_id::float32, "float32"},
    {type_id::float64, "float64"},
    {type_id::string, "string"},
    {type_id::binary, "binary"},
    {type_id::timestamp_ms, "timestamp_ms"},
}};
constexpr std::int32_t max_list_size = 65536;

} // namespace

bool data_type::is_number() const noexcept {
  return id == type_id::int32 || id == type_id::int64 || id == type_id::float32 ||
         id == type_id::float64;
}

bool data_type::is_integer() const noexcept {
  return id == type_id::int32 || id == type_id::int64;
}

bool data_type::is_variable_size() const noexcept {
  return id == type_id::string || id == type_id::binary;
}

std::size_t data_type::value_size() const noexcept {
  switch (id) {
    case type_id::boolean:
    case type_id::string:
    case type_id::binary: return 0;
    case type_id::int32:
    case type_id::float32: return 4;
    case type_id::int64:
    case type_id::float64:
    case type_id::timestamp_ms: return 8;
    case type_id::float32_list: return 4 * static_cast<std::size_t>(list_size);
  }
  return 0;
}

std::string to_string(data_type type) {
  if (type.id == type_id::float32_list)
    return fmt::format("float32[{}]", type.list_size);
  for (const auto& [id, name] : names)
    if (id == type.id)
      return std::string{name};
  return "unknown";
}

std::optional<data_type> parse_data_type(std::string_view text) {
  for (const auto& [id, name] : names)
    if (name == text)
      return data_type{id, 0};
  constexpr std::string_view prefix = "float32[";
  if (!text.starts_with(prefix) || !text.ends_with(']'))
    return std::nullopt;
  const auto digits = text.substr(prefix.size(), text.size() - prefix.size() - 1);
  std::int32_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc{} || end != digits.data() + digits.size() || size < 1 ||
      size > max_list_size)
    return std::nullopt;
  return data_type{type_id::float32_list, size};
}

std::optional<std::size_t> schema::index_of(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].name == name)
      return i;
  return std::nullopt;
}

std::vector<std::string> schema::names() const {
  std::vector<std::string> out;
  for (const auto& f : fields_)
    out.push_back(f.name);
  return out;
}

schema_ptr error_schema() {
  static const auto shared = std::make_shared<const schema>(std::vector<field>{
      {"payload", {type_id::binary, 0}, true},
      {"reason", {type_id::string, 0}, false},
      {"component", {type_id::string, 0}, false},
      {"topic", {type_id::string, 0}, false},
      {"partition", {type_id::int32, 0}, false},
      {"offset", {type_id::int64, 0}, false},
      {"attempts", {type_id::int32, 0}, false},
      {"timestamp", {type_id::timestamp_ms, 0}, true},
  });
  return shared;
}

} // namespace lepton::core
