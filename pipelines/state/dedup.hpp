#pragma once

#include "pipelines/state/keyed_table.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lepton::pipelines {

/// Drops rows whose key was seen before within a horizon of event time. Exact: a row is a duplicate
/// if its time is less than `horizon_ms` away, in either direction, from the newest kept row of its
/// key. Memory is that of the keys of one horizon and the disorder of the input; older keys are
/// forgotten as rows come in. Keeps no values, so that of equal keys the first to arrive wins.
class dedup {
public:
  dedup(const key_layout& keys, std::int64_t horizon_ms, std::uint64_t fingerprint);

  /// Appends each row number to one of three lists, in order. Late: below the watermark.
  void process(const batch_keys& keys, std::span<const std::int64_t> times,
               std::int64_t watermark_ms, std::vector<std::int32_t>& kept,
               std::vector<std::int32_t>& duplicates, std::vector<std::int32_t>& late);

  keyed_table& table() noexcept { return table_; }
  core::result<void> finish_restore();

private:
  struct seen {
    std::int64_t newest;
    std::uint64_t any; ///< 0 in a new entry
  };

  std::int64_t horizon_;
  keyed_table table_;
  std::vector<std::int32_t> on_time_;
  std::vector<entry_ref> entries_;
};

} // namespace lepton::pipelines
