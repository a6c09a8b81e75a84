#pragma once

#include "core/batch.hpp"
#include "core/column.hpp"
#include "core/value.hpp"

#include <cstdint>
#include <string>

namespace lepton::pipelines {

/// The value is null as the user wrote it: nothing, `null` or `~`, without quotes.
bool is_null_value(const core::value& item) noexcept;

/// Writes a value of a test into a row of a column; the row of a fixed-size type must be there,
/// text is appended. Timestamps are milliseconds or RFC 3339. False if the value does not fit the
/// type.
bool write_cell(const core::value& item, core::column& to, std::int64_t row);

/// True if a row holds the value that a test expects. Floats may differ by a millionth.
bool matches_cell(const core::value& expected, const core::column& column, std::int64_t row);

/// "{tx_id: a, amount: 10, f: [0, 0, ...]}", at most about 400 letters.
std::string show_row(const core::batch& rows, std::int64_t row);

} // namespace lepton::pipelines
