#pragma once

#include "core/codec.hpp"
#include "core/raw_batch.hpp"
#include "core/result.hpp"
#include "core/schema.hpp"
#include "core/value.hpp"

#include <memory>
#include <string>

namespace lepton::pipelines {

/// The rows of a test (mappings, scalars as the user wrote them) as JSON records of `source`. A
/// scalar without quotes is what JSON would make of it, but text where the column of that name is
/// text.
core::raw_batch_ptr json_records(const std::string& source, const core::value_list& rows,
                                 const core::schema& schema);

/// The rows as columns of `schema`, in records that only `typed_decoder` can read. Errors name the
/// row: a column that is missing or unknown, a value that does not fit its type.
core::result<core::raw_batch_ptr> typed_records(const std::string& source,
                                                const core::value_list& rows,
                                                const core::schema_ptr& schema);

/// Gives back the columns of `typed_records`.
std::unique_ptr<core::decoder> typed_decoder();

} // namespace lepton::pipelines
