#pragma once

#include "core/column.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::pipelines {

/// Appends one value (not null) as bytes that say their type: one byte `core::type_id`, then the
/// value in little-endian order, or the bytes of a text. A list has its values one after another.
void append_value(const core::column& column, std::int64_t row, std::string& out);

/// Puts such bytes into row `row` of a column: appends if the type is of variable size, else sets.
/// False, and nothing changed, if they are not a value of the column's type.
bool put_value(std::string_view bytes, core::column& column, std::int64_t row);

} // namespace lepton::pipelines
