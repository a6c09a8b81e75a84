#include "core/schema_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace lepton::core {

namespace {

constexpr const char* type_hint = "the types are bool, int32, int64, float32, float64, string, "
                                  "binary, timestamp_ms and float32[N]";

const std::vector<std::string>& entry_keys() {
  static const std::vector<std::string> keys{"type", "path", "required", "default"};
  return keys;
}

bool is_column_name(std::string_view name) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), word);
}

std::string type_hint_for(std::string_view text) {
  static const std::vector<std::string> names{"bool",    "int32",  "int64",  "float32",
                                              "float64", "string", "binary", "timestamp_ms"};
  const auto near = nearest(text, names);
  return near.empty() ? std::string{type_hint}
                      : fmt::format("did you mean '{}'? {}", near, type_hint);
}

std::optional<data_type> read_type(const value& item, const std::string& name,
                                   diagnostics& findings) {
  if (const auto* text = item.text()) {
    if (auto type = parse_data_type(*text))
      return type;
    findings.error(item.span, fmt::format("'{}' is not a type", *text), type_hint_for(*text));
  } else {
    findings.error(item.span, fmt::format("column '{}' needs the name of a type", name), type_hint);
  }
  return std::nullopt;
}

std::vector<std::string> split_path(std::string_view text) {
  std::vector<std::string> keys;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    keys.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return keys;
}

bool read_path(const value& item, std::vector<std::string>& path, diagnostics& findings) {
  std::vector<std::string> keys;
  if (const auto* text = item.text())
    keys = split_path(*text);
  bool texts_only = item.text() || item.list();
  if (const auto* list = item.list())
    for (const auto& key : *list) {
      texts_only = texts_only && key.text();
      keys.push_back(key.text() ? *key.text() : std::string{});
    }
  const bool good =
      texts_only && !keys.empty() && std::find(keys.begin(), keys.end(), "") == keys.end();
  if (!good)
    findings.error(item.span, "'path' must be keys with dots between them",
                   "for example loc.lat, or a list if a key has a dot in it: [loc, \"x.y\"]");
  path = std::move(keys);
  return good;
}

bool read_required(const value& item, bool& required, diagnostics& findings) {
  const auto* text = item.text();
  if (const auto* known = std::get_if<bool>(&item.data)) {
    required = *known;
    return true;
  }
  if (!text || (*text != "true" && *text != "false")) {
    findings.error(item.span, "'required' must be true or false");
    return false;
  }
  required = *text == "true";
  return true;
}

template <class T>
std::optional<T> number_of(const value& item) {
  if (const auto* whole = std::get_if<std::int64_t>(&item.data))
    return static_cast<T>(*whole);
  if (const auto* real = std::get_if<double>(&item.data); real && std::is_floating_point_v<T>)
    return static_cast<T>(*real);
  const auto* text = item.text();
  if (!text || text->empty())
    return std::nullopt;
  T number{};
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || rest != end)
    return std::nullopt;
  return number;
}

std::optional<value::data_type> integer_default(type_id id, const value& item) {
  const auto number = number_of<std::int64_t>(item);
  constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  if (!number || (id == type_id::int32 && (*number < low || *number > high)))
    return std::nullopt;
  return *number;
}

std::optional<value::data_type> real_default(const value& item) {
  if (const auto number = number_of<double>(item); number && std::isfinite(*number))
    return *number;
  return std::nullopt;
}

std::optional<value::data_type> boolean_default(const value& item) {
  if (const auto* known = std::get_if<bool>(&item.data))
    return *known;
  if (const auto* text = item.text(); text && (*text == "true" || *text == "false"))
    return *text == "true";
  return std::nullopt;
}

std::optional<value::data_type> list_default(std::int32_t size, const value& item) {
  const auto* items = item.list();
  if (!items || items->size() != static_cast<std::size_t>(size))
    return std::nullopt;
  value_list numbers;
  for (const auto& element : *items) {
    auto number = real_default(element);
    if (!number)
      return std::nullopt;
    numbers.emplace_back(std::move(*number), element.span);
  }
  return numbers;
}

std::optional<value::data_type> typed_default(data_type type, const value& item) {
  switch (type.id) {
    case type_id::boolean: return boolean_default(item);
    case type_id::int32:
    case type_id::int64:
    case type_id::timestamp_ms: return integer_default(type.id, item);
    case type_id::float32:
    case type_id::float64: return real_default(item);
    case type_id::float32_list: return list_default(type.list_size, item);
    case type_id::string:
    case type_id::binary: break;
  }
  if (const auto* text = item.text())
    return *text;
  return std::nullopt;
}

bool read_default(const value& item, schema_entry& entry, diagnostics& findings) {
  if (auto data = typed_default(entry.field.type, item)) {
    entry.fallback = value{std::move(*data), item.span};
    return true;
  }
  const auto type = to_string(entry.field.type);
  findings.error(item.span,
                 fmt::format("the default of column '{}' is not a {}", entry.field.name, type),
                 entry.field.type.id == type_id::float32_list
                     ? fmt::format("write a list of {} numbers", entry.field.type.list_size)
                     : "leave 'default' out and write required: false to get a null instead");
  return false;
}

void report_unknown_keys(const value_map& keys, const std::string& name, diagnostics& findings) {
  for (const auto& [key, span, item] : keys) {
    const auto& known = entry_keys();
    if (std::find(known.begin(), known.end(), key) != known.end())
      continue;
    const auto near = nearest(key, known);
    findings.error(span, fmt::format("column '{}' has no setting '{}'", name, key),
                   near.empty() ? "the settings are type, path, required and default"
                                : fmt::format("did you mean '{}'?", near));
  }
}

bool read_details(const value& item, schema_entry& entry, diagnostics& findings) {
  const auto errors = findings.error_count();
  report_unknown_keys(*item.map(), entry.field.name, findings);
  const auto* type = item.find("type");
  std::optional<data_type> known;
  if (type)
    known = read_type(*type, entry.field.name, findings);
  else
    findings.error(entry.span, fmt::format("column '{}' has no 'type'", entry.field.name),
                   type_hint);
  if (const auto* path = item.find("path"))
    read_path(*path, entry.path, findings);
  const auto* fallback = item.find("default");
  const auto* required = item.find("required");
  entry.required = !fallback;
  if (required && read_required(*required, entry.required, findings) && entry.required && fallback)
    findings.error(required->span,
                   fmt::format("column '{}' is required and has a default", entry.field.name),
                   "write required: false, or leave the default out");
  if (known) {
    entry.field.type = *known;
    if (fallback)
      read_default(*fallback, entry, findings);
  }
  return findings.error_count() == errors;
}

bool read_entry(const value_entry& from, schema_entry& entry, diagnostics& findings) {
  entry.field.name = from.key;
  entry.path = {from.key};
  entry.span = from.key_span;
  bool good = is_column_name(from.key);
  if (!good)
    findings.error(from.key_span, fmt::format("'{}' cannot be the name of a column", from.key),
                   "use letters, digits and _, and give the name in the record by 'path', for "
                   "example card_id: {type: string, path: [\"Card ID\"]}");
  if (from.item.map())
    return read_details(from.item, entry, findings) && good;
  const auto type = read_type(from.item, from.key, findings);
  if (type)
    entry.field.type = *type;
  return type && good;
}

} // namespace

std::optional<std::vector<schema_entry>> read_schema(const value& field, diagnostics& findings) {
  const auto* columns = field.map();
  if (!columns || columns->empty()) {
    findings.error(field.span, "a schema is a mapping of columns to types",
                   "for example {card_id: int64, amount: float64}");
    return std::nullopt;
  }
  bool good = true;
  std::vector<schema_entry> entries(columns->size());
  for (std::size_t i = 0; i < columns->size(); ++i) {
    good = read_entry((*columns)[i], entries[i], findings) && good;
    entries[i].field.nullable = !entries[i].required && !entries[i].fallback;
  }
  if (!good)
    return std::nullopt;
  return entries;
}

schema_ptr to_schema(const std::vector<schema_entry>& entries) {
  std::vector<field> fields;
  fields.reserve(entries.size());
  for (const auto& entry : entries)
    fields.push_back(entry.field);
  return std::make_shared<const schema>(std::move(fields));
}

} // namespace lepton::core
