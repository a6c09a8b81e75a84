#pragma once

#include "core/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace lepton::pipelines::expr {

/// The types that a part of an expression can have. int32 columns are `integer` and float32
/// columns are `real` here.
enum class value_type : std::uint8_t {
  invalid,      ///< an error was reported for it already
  null,         ///< the literal `null`
  boolean,      ///< one byte a row, 0 or 1
  integer,      ///< std::int64_t
  real,         ///< double
  string,       ///< std::string_view of UTF-8
  bytes,        ///< std::string_view
  timestamp,    ///< std::int64_t milliseconds since 1970-01-01 UTC
  list,         ///< a float32[N] column; has no rows of its own in memory
  literal_list, ///< `[1, 2]`, only right of `in`
};

/// "bool", "int", "double", ...: the name in messages and in docs/expressions.md.
const char* name(value_type type) noexcept;

value_type value_type_of(core::data_type type) noexcept;

/// Type of a column that holds values of `type`; not for null, list and invalid.
core::data_type column_type_of(value_type type) noexcept;

/// Bytes of one row in memory.
std::size_t element_size(value_type type) noexcept;

} // namespace lepton::pipelines::expr
