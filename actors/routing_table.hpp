#pragma once

#include "actors/credit_account.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace lepton::actors {

/// Decides which worker gets the next batch: the one that is expected to finish first (queued
/// records x measured time per record). With `ordered`, batches of one partition stay with one
/// worker until all of them are settled; a partition whose worker fell far behind waits for that
/// and then moves. Pure: no actor, no clock.
class routing_table {
public:
  using partition_key = std::pair<std::size_t, std::int32_t>; ///< source instance, partition

  routing_table(std::size_t workers, pipelines::credit_bound bound, bool ordered);

  /// True if any worker can take a batch.
  bool open() const noexcept;
  /// Worker for a batch of `partition`, or nothing if it must wait.
  std::optional<std::size_t> pick(partition_key partition);

  void sent(std::size_t worker, partition_key partition, std::int64_t records, std::int64_t bytes);
  /// `worker` returned credit after it was busy for `busy_ns` with `records`.
  void granted(std::size_t worker, std::int64_t records, std::int64_t bytes, std::int64_t busy_ns);
  /// A batch of `partition` is settled everywhere.
  void settled(partition_key partition);
  /// `worker` was replaced by a new one.
  void reset(std::size_t worker);
  /// `worker` hangs (or works again): nothing is sent to it, and its partitions move at once. What
  /// it holds is not settled, so nothing is lost, but it may come late and out of order.
  void suspend(std::size_t worker, bool suspended);

  std::int64_t credit_records() const noexcept;
  std::int64_t credit_bytes() const noexcept;

private:
  struct worker_state {
    credit_account credit;
    std::int64_t queued_records = 0;
    double ns_per_record = 0; ///< moving mean; 0 until measured
    bool suspended = false;

    bool open() const noexcept { return !suspended && credit.open(); }
  };
  struct partition_state {
    std::size_t worker = 0;
    std::int64_t unsettled = 0;
  };

  double finish_ns(const worker_state& worker) const noexcept;
  std::optional<std::size_t> first_to_finish() const noexcept;

  std::vector<worker_state> workers_;
  std::map<partition_key, partition_state> partitions_;
  bool ordered_;
  mutable std::size_t next_ = 0; ///< start of the search, so that equals take turns
};

} // namespace lepton::actors
