#pragma once

#include "core/result.hpp"
#include "pipelines/state/event_time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

struct watermark_options {
  /// How far below the newest event time of its partition a row may lie and be on time.
  std::int64_t out_of_orderness_ms = 0;
  /// A partition without rows for so long (processing time) holds nobody back; 0: never.
  std::int64_t idle_after_ms = 0;
  /// How far a partition may run ahead of the slowest that is not idle; 0: any distance.
  std::int64_t max_drift_ms = 0;
};

/// What the event times of source partitions say: below which time no more rows are expected. The
/// watermark of a partition is its newest event time less the out-of-orderness; that of the whole
/// is the smallest of the partitions that are not idle, and never goes back. A row is late if its
/// time is below the watermark of the whole as it was before the row's batch. Reads no clock.
class watermark_tracker {
public:
  watermark_tracker(watermark_options options, std::size_t partitions, std::int64_t now_ms);

  /// Rows of a partition arrived at processing time `now_ms`; the newest has this event time.
  void observe(std::size_t partition, std::int64_t newest_ms, std::int64_t now_ms);
  /// The partition has no more rows: it holds nobody back any more, and when all have ended the
  /// watermark is `final_watermark`.
  void end(std::size_t partition);
  /// A partition was assigned (again); it holds the watermark where it is until rows come or it is
  /// idle. Returns its number.
  std::size_t add(std::int64_t now_ms);
  /// A partition was taken away.
  void remove(std::size_t partition);

  /// Of the whole; `no_watermark` until every partition had rows or is idle.
  std::int64_t advance(std::int64_t now_ms);
  /// As of the last `advance`.
  std::int64_t current() const noexcept { return current_; }
  bool idle(std::size_t partition, std::int64_t now_ms) const noexcept;
  /// True if the partition is more than `max_drift_ms` ahead: its source should wait.
  bool too_far_ahead(std::size_t partition, std::int64_t now_ms) const noexcept;

  std::string save() const;
  /// Event times continue; the idle timeouts start at `now_ms`.
  core::result<void> restore(std::string_view bytes, std::int64_t now_ms);

private:
  struct partition_state {
    std::int64_t newest = no_watermark;
    std::int64_t last_rows = 0; ///< processing time
    bool ended = false;
    bool removed = false;
  };
  std::int64_t slowest(std::int64_t now_ms, bool& all_ended) const noexcept;

  watermark_options options_;
  std::vector<partition_state> partitions_;
  std::int64_t current_ = no_watermark;
};

/// The smallest watermark of several inputs, each of which only goes up; the result does too.
class watermark_merge {
public:
  explicit watermark_merge(std::size_t inputs) : inputs_(inputs, no_watermark) {}

  /// Returns the watermark of the whole.
  std::int64_t set(std::size_t input, std::int64_t watermark_ms) noexcept;
  std::int64_t current() const noexcept { return current_; }

private:
  std::vector<std::int64_t> inputs_;
  std::int64_t current_ = no_watermark;
};

/// Splits rows by the watermark: a row is late if its time plus the allowed lateness is below it.
/// Appends row numbers in order.
void split_late(std::span<const std::int64_t> times, std::int64_t watermark_ms,
                std::int64_t allowed_lateness_ms, std::vector<std::int32_t>& on_time,
                std::vector<std::int32_t>& late);

} // namespace lepton::pipelines
