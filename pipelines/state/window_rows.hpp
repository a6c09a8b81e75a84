#pragma once

#include "core/column.hpp"
#include "pipelines/state/aggregate.hpp"
#include "pipelines/state/key_layout.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// What every kind of window is told.
struct window_inputs {
  std::vector<core::field> values; ///< the columns that aggregates work on
  std::vector<aggregate_spec> aggregates;
  std::uint64_t fingerprint = 0;
};

/// Collects the results of windows as columns: those of the key, window_start and window_end (ms,
/// the end is exclusive), one for each aggregate. Numbers are gathered as they come and become
/// columns in `take`.
class window_rows {
public:
  window_rows(const key_layout& keys, const aggregate_set& aggregates)
      : keys_{keys}, aggregates_{aggregates} {}

  void add(std::string_view key, std::int64_t start, std::int64_t end, const std::byte* payload,
           const blob_arena& blobs);
  std::size_t size() const noexcept { return starts_.size(); }
  std::vector<core::column_ptr> take();

private:
  const key_layout& keys_;
  const aggregate_set& aggregates_;
  std::vector<std::string> key_bytes_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int64_t> ends_;
  std::vector<core::ref_ptr<core::column>> columns_;
};

} // namespace lepton::pipelines
