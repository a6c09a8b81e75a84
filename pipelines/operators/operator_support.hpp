#pragma once

#include "core/batch.hpp"
#include "core/codec.hpp"
#include "core/diagnostics.hpp"
#include "core/schema.hpp"
#include "pipelines/expression/expression.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// Index of the column `name` of `input`. A column that is not there is reported at `span`, with
/// the nearest name or the list of columns as hint.
std::optional<std::size_t> find_column(std::string_view name, core::source_span span,
                                       const core::schema& input, core::diagnostics& findings);

/// Adds the names that are not yet in `to`.
void add_names(const std::vector<std::string>& names, std::vector<std::string>& to);

/// Orders the errors by row and keeps the first one of each row.
void keep_first_of_each_row(std::vector<core::row_error>& errors);

/// The rows 0 .. `rows` - 1 that did not fail. `errors` are ascending.
std::vector<std::int32_t> rows_without(std::int64_t rows, std::span<const core::row_error> errors);

/// `in` itself if `rows` (ascending, each once) are all of its rows, else a batch of these.
core::batch_ptr take_rows(const core::batch_ptr& in, std::span<const std::int32_t> rows);

} // namespace lepton::pipelines
