#pragma once

#include "core/codec.hpp"

#include <span>
#include <string_view>

namespace lepton::pipelines {

/// Rows of `core::error_schema()` for records of `raw` that `component` could not decode. The `row`
/// of each error is a record of `raw`. Payloads are copied; the batch keeps its provenance.
core::batch_ptr error_rows(const core::raw_batch& raw, std::string_view component,
                           std::span<const core::row_error> errors);

/// The same for rows of a batch that `component` could not evaluate, score, encode or write.
core::batch_ptr error_rows(const core::batch& in, std::string_view component,
                           std::span<const core::row_error> errors);

} // namespace lepton::pipelines
