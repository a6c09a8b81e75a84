#pragma once

#include "connectors/formats/column_builder.hpp"
#include "core/schema.hpp"

#include <cstdint>
#include <string_view>

namespace lepton::connectors {

/// Reads the text of one CSV field as `type` into `row` of a column. False, and nothing useful in
/// the row, if the text is no such value. Numbers are decimal, finite and in range; bool is true,
/// false, 1 or 0; timestamp_ms is milliseconds or RFC 3339; binary is base64; string is UTF-8.
bool read_csv_value(std::string_view text, core::data_type type, std::int64_t row,
                    column_builder& to);

} // namespace lepton::connectors
