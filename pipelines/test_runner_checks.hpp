#pragma once

#include "core/batch.hpp"
#include "core/source_span.hpp"
#include "core/value.hpp"

#include <string>
#include <vector>

namespace lepton::pipelines {

/// An expectation of a test that did not come true.
struct unmet_expectation {
  core::source_span span;
  std::string message;
};

/// What a test saw of one stream.
struct seen_stream {
  std::string name;
  core::schema_ptr schema;
  std::vector<core::batch_ptr> batches;

  std::int64_t rows() const noexcept;
};

/// Checks one entry of `expect:`: a list of conditions that must be true for every row (and there
/// must be a row), or a mapping with any of `count: N`, `conditions: [...]` and `rows: [{...}]`
/// (these rows, in this order; columns that are left out do not matter).
std::vector<unmet_expectation> check_stream(const core::value_entry& expected,
                                            const seen_stream& seen);

} // namespace lepton::pipelines
