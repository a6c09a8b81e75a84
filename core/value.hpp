#pragma once

#include "core/source_span.hpp"
#include "core/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lepton::core {

class value;

/// One `key: value` of a mapping in the user's file, with the place of the key.
struct value_entry;

using value_list = std::vector<value>;
using value_map = std::vector<value_entry>;

/// A configuration value with its place in the user's file. Before the check against a spec every
/// scalar is text; after it, durations are int64 nanoseconds, sizes int64 bytes, shares doubles,
/// and absent optional fields have their default.
class value {
public:
  using data_type =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, value_list, value_map>;

  value() = default;
  value(data_type what, source_span where) : data{std::move(what)}, span{where} {}

  data_type data;
  source_span span;
  bool quoted = false; ///< the user wrote the scalar in quotes

  bool is_null() const noexcept { return data.index() == 0; }
  const std::string* text() const noexcept { return std::get_if<std::string>(&data); }
  const value_list* list() const noexcept { return std::get_if<value_list>(&data); }
  const value_map* map() const noexcept { return std::get_if<value_map>(&data); }
  /// The value of `key` in a mapping; null pointer if this is no mapping or has no such key.
  const value* find(std::string_view key) const noexcept;
};

struct value_entry {
  std::string key;
  source_span key_span;
  core::value item;
};

/// Reads the fields of a component after its check against its spec. Asking for a field that the
/// spec does not have, or as another type, is a bug and asserts.
class config {
public:
  config() = default;
  explicit config(value object) : object_{std::move(object)} {}

  bool has(std::string_view field) const noexcept; ///< present, by the user or by default
  const value& operator[](std::string_view field) const;
  source_span
  span(std::string_view field) const noexcept; ///< of the value; of the object if absent
  const core::value& object() const noexcept { return object_; }

  const std::string& text(std::string_view field) const;
  std::string text_or(std::string_view field, std::string_view otherwise) const;
  bool boolean(std::string_view field) const;
  std::int64_t integer(std::string_view field) const;
  double number(std::string_view field) const;
  duration time(std::string_view field) const;
  std::int64_t size(std::string_view field) const { return integer(field); }
  std::vector<std::string> texts(std::string_view field) const; ///< a list of strings; absent = {}
  config child(std::string_view field) const;                   ///< an object field; absent = empty

private:
  value object_;
};

} // namespace lepton::core
