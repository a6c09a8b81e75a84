#pragma once

#include "core/result.hpp"
#include "pipelines/state/keyed_table.hpp"
#include "pipelines/state/window_rows.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lepton::pipelines {

/// Windows of a number of rows of a key, one after the other, in order of arrival. A window gives
/// its row with the last row it takes; its start and end are the smallest event time and one past
/// the largest. There are no late rows. An unfinished window stays until its key has had no rows
/// for `ttl_ms` (0: for ever).
class count_windows {
public:
  static core::result<std::unique_ptr<count_windows>> make(key_layout keys, window_inputs inputs,
                                                           std::uint64_t rows, std::int64_t ttl_ms);

  void add(const batch_keys& keys, std::span<const std::int64_t> times,
           std::span<const core::column* const> values, std::int64_t watermark_ms);
  window_rows& rows() noexcept { return rows_; }

  keyed_table& table() noexcept { return table_; }
  core::result<void> finish_restore();

private:
  struct head {
    std::uint64_t rows;
    std::int64_t first;
    std::int64_t last;
  };
  count_windows(key_layout keys, const window_inputs& inputs, std::uint64_t rows,
                std::int64_t ttl_ms, aggregate_set set);

  key_layout keys_;
  std::uint64_t size_;
  std::int64_t ttl_;
  aggregate_set set_;
  keyed_table table_;
  window_rows rows_;
  std::vector<entry_ref> entries_;
};

} // namespace lepton::pipelines
