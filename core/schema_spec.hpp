#pragma once

#include "core/diagnostics.hpp"
#include "core/schema.hpp"
#include "core/source_span.hpp"
#include "core/value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lepton::core {

/// One column of a `schema:` field: what it is called, and where a format finds it. Knows nothing
/// of any format.
struct schema_entry {
  core::field field;             ///< nullable if not required and without a fallback
  std::vector<std::string> path; ///< keys from the outside in; the column's name if none was given
  bool required = true;          ///< a record without it is an error
  /// Stands in where the record has no value: bool, int64 (integers, timestamp_ms), double, text
  /// (string, binary) or a list of N doubles, as the column's type needs it.
  std::optional<value> fallback;
  source_span span; ///< of the column's name
};

/// Reads a `schema` field: a mapping of column name to type ("float64") or to
/// {type, path, required, default}. `path` is text with dots ("loc.lat") or a list of keys; a
/// column with a default is not required. Reports every problem; nothing is returned if there was
/// an error.
std::optional<std::vector<schema_entry>> read_schema(const value& field, diagnostics& findings);

/// The columns of the entries, in the order of the user's file.
schema_ptr to_schema(const std::vector<schema_entry>& entries);

} // namespace lepton::core
