#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lepton::core {

/// What a field of a component accepts in the user's file.
enum class field_type {
  text,       ///< a string; `${NAME}` and `${NAME:-default}` are replaced from the environment
  secret,     ///< as text, or "file:PATH"; never printed
  integer,    ///< whole number -> int64
  number,     ///< -> double
  boolean,    ///< true or false
  duration,   ///< "50ms" -> int64 nanoseconds
  size,       ///< "1MiB" -> int64 bytes
  share,      ///< "20%" or 0.2 -> double in [0, 1]
  choice,     ///< one of `choices`
  expression, ///< an expression over the columns of the input -> text
  column,     ///< the name of a column of the input -> text
  list,       ///< of `element`; a single scalar is taken as a list of one
  map,        ///< any keys, each value an `element`
  object,     ///< the keys in `fields`
  schema,     ///< name -> type or {type, path, required, default}; see core/schema_spec.hpp
  any,        ///< not checked here; the component does it
};

/// One field: the only home of its type, default and text. The check, `lepton list`, the JSON
/// Schema and docs/reference are made from it.
struct field_spec {
  std::string name;
  field_type type = field_type::text;
  std::string doc; ///< one sentence: what it is, unit, what larger and smaller do

  bool required = false;
  std::optional<std::string> fallback = {}; ///< the default, as the user would write it
  std::vector<std::string> choices = {};    ///< choice only
  std::optional<double> minimum = {};       ///< inclusive; durations in ns, sizes in bytes
  std::optional<double> maximum = {};
  std::vector<field_spec> fields = {}; ///< object: its fields. list, map: one = the element
};

enum class component_kind { source, transform, sink, format };

const char* name(component_kind kind) noexcept; ///< "source", ...

/// One component type: what `lepton list` and the reference show. `inputs`, `type`, `on_error`,
/// `error_limit` and `when_full` are common to a kind and not repeated here.
struct component_spec {
  component_kind kind = component_kind::transform;
  std::string type;    ///< the word after `type:`
  std::string summary; ///< one line
  std::string doc;     ///< paragraphs in Markdown; may be empty
  std::vector<field_spec> fields;
  std::string example; ///< YAML of one component, without its name; checked by a test
};

} // namespace lepton::core
