#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace lepton::connectors {

/// What may be committed of one partition during one assignment: the end of the contiguous prefix
/// of ranges that are settled, in the order in which they were handed out. Ranges may settle in any
/// order and need not touch each other (control records, compaction). Does not talk to Kafka, knows
/// nothing of rebalances, and is not thread-safe. An assignment gets a tracker of its own, so that
/// a range of an earlier one can never settle in it.
class offset_tracker {
public:
  /// Names a range that was handed out.
  using ticket = std::uint64_t;

  /// A range of records, in order, that somebody works on now. If `first` lies before the last
  /// range the partition was reset (its topic made anew, say): the order of handing out decides.
  ticket hand_out(std::int64_t first, std::int64_t last, std::int64_t records, std::int64_t bytes);

  /// No record below `next` will come any more: the partition ends here, or control records fill
  /// the place. Settles with what was handed out before it.
  void skip_to(std::int64_t next);

  /// Everything that came of the range is settled. Settling it twice changes nothing.
  void settle(ticket range);

  /// Next offset to read after the settled prefix; empty before the first range is settled.
  std::optional<std::int64_t> settled_prefix() const noexcept { return prefix_; }

  /// The prefix, if no commit of it was asked for yet.
  std::optional<std::int64_t> to_commit() const noexcept {
    return prefix_ == requested_ ? std::nullopt : prefix_;
  }
  /// A commit of `offset` is under way.
  void commit_requested(std::int64_t offset) noexcept { requested_ = offset; }
  /// That commit was refused or lost: the prefix is to be committed again.
  void commit_failed() noexcept { requested_.reset(); }

  /// Next offset to be handed out; empty before the first range.
  std::optional<std::int64_t> position() const noexcept { return position_; }

  /// Nothing that was handed out is unsettled.
  bool idle() const noexcept { return ranges_.empty(); }
  /// Records and bytes in ranges that wait for an earlier one, or are not settled themselves.
  std::int64_t window_records() const noexcept { return window_records_; }
  std::int64_t window_bytes() const noexcept { return window_bytes_; }

private:
  struct range {
    std::int64_t next = 0; ///< offset after the last record
    std::int64_t records = 0;
    std::int64_t bytes = 0;
    bool settled = false;
  };
  void advance();

  std::deque<range> ranges_; ///< from the first unsettled one on
  ticket front_ = 0;         ///< of `ranges_.front()`
  std::optional<std::int64_t> prefix_;
  std::optional<std::int64_t> requested_;
  std::optional<std::int64_t> position_;
  std::int64_t window_records_ = 0;
  std::int64_t window_bytes_ = 0;
};

} // namespace lepton::connectors
