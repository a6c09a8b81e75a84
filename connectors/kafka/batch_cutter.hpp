#pragma once

#include "connectors/kafka/assigned_partition.hpp"
#include "connectors/kafka/kafka_batch.hpp"
#include "core/source.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lepton::connectors {

/// Messages that were taken from librdkafka and are not handed out yet: groups them by partition
/// and cuts batches from the groups. Keeps the order within a partition, not between partitions.
/// Copies pointers, never messages. Gives back what it still has when it goes away.
class batch_cutter {
public:
  batch_cutter() = default;
  batch_cutter(const batch_cutter&) = delete;
  batch_cutter& operator=(const batch_cutter&) = delete;
  ~batch_cutter() { clear(); }

  /// Appends one message of `owner`, which is no error. Only while nothing is left to cut.
  void add(rd_kafka_message_t* message, assigned_partition& owner);
  /// No record of `owner` below `next` comes after what was added so far. As `add`.
  void add_end(assigned_partition& owner, std::int64_t next);
  /// Groups what was added. Batches can be cut from here on.
  void seal();

  bool empty() const noexcept { return next_ == groups_.size(); }
  /// The next batch within `budget`, at least one message; null if there is none. Its range is
  /// handed out by its partition's tracker.
  core::ref_ptr<kafka_batch> cut(const kafka_client_ptr& client, core::poll_budget budget);

  /// Gives back the messages of a partition that is taken away.
  void drop(const assigned_partition& owner);
  void clear();

private:
  /// Some messages of one partition, side by side.
  struct group {
    assigned_partition* owner = nullptr;
    std::size_t begin = 0; ///< first message that is not cut yet
    std::size_t end = 0;
    std::optional<std::int64_t> skip_to; ///< once all of it is cut
  };
  group& run_of(assigned_partition& owner);
  /// First index after `from.begin` that is not within the budget; its bytes are added up.
  std::size_t cut_end(const group& from, core::poll_budget budget, std::int64_t& bytes) const;
  void finish(group& done);
  void give_back(std::span<const group> groups);

  std::vector<rd_kafka_message_t*> messages_; ///< grouped, once sealed
  std::vector<rd_kafka_message_t*> scratch_;
  std::vector<group> runs_;   ///< as the messages came
  std::vector<group> groups_; ///< one for each partition
  std::size_t next_ = 0;      ///< group to cut from
};

} // namespace lepton::connectors
