#pragma once

#include "connectors/kafka/batch_cutter.hpp"
#include "connectors/kafka/kafka_source_settings.hpp"
#include "connectors/kafka/offset_committer.hpp"
#include "connectors/kafka/partition_set.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace lepton::connectors {

/// The partitions that the consumer group gives to one consumer, and how they come and go.
///
/// A rebalance is answered late, on purpose. New partitions are taken once their committed offsets
/// are known. Partitions that are to be given up are handed out no more, but kept until what is
/// under way is settled and committed (at most `settle_for`, then `commit_for`), so that the next
/// owner reads as little as possible a second time. Partitions that are lost already are dropped
/// without a commit. Never blocks for longer than `ask_for`. Does not read records.
class group_assignment {
public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds settle_for{8};
  static constexpr std::chrono::seconds commit_for{3};
  static constexpr std::chrono::milliseconds ask_for{1000};

  /// `pending` holds what was taken and is not handed out. Both references must outlive this.
  group_assignment(const kafka_source_settings& settings, batch_cutter& pending,
                   std::string component, core::metrics_registry& metrics);

  /// Before anything else: the client, and the queue that gets the records of all partitions.
  void attach(rd_kafka_t* client, rd_kafka_queue_t* records);

  /// From librdkafka's callbacks.
  void on_rebalance(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t& list);
  void on_commit(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t* list);

  /// Goes on with a rebalance. An error is final.
  core::result<void> step(clock::time_point now);
  /// Commits what is settled, unless nothing is new or a commit is under way.
  void commit() { committer_.request(client_, partitions_); }
  bool commit_under_way() const noexcept { return committer_.under_way(); }
  bool wants_commit() const noexcept;

  void settled(std::uint64_t epoch, offset_tracker::ticket range, clock::time_point now);
  assigned_partition* find(const rd_kafka_message_t& message) { return partitions_.find(message); }
  bool owns(std::uint64_t epoch) const { return partitions_.find(epoch) != nullptr; }

  /// From here on, partitions are given up at once when the group takes them.
  void closing() noexcept { closing_ = true; }
  /// With exit_at_end: every partition was read to the end that it had when it came.
  bool finished() const;
  /// Records that are not handed out yet; looks at what librdkafka knows and sets the gauges.
  std::optional<std::int64_t> measure_lag();

private:
  enum class phase { stable, assigning, settling, committing };

  void assign_requested(const rd_kafka_topic_partition_list_t& list);
  void revoke_requested(const rd_kafka_topic_partition_list_t& list);
  void try_assign(clock::time_point now);
  bool find_starts();
  bool find_ends();
  void take_over();
  bool revoked_are_idle() const;
  void give_up();
  void tell(rd_kafka_topic_partition_list_t* list, bool assign);

  const kafka_source_settings& settings_;
  batch_cutter& pending_;
  std::string component_;
  core::metrics_registry& metrics_;
  rd_kafka_t* client_ = nullptr;
  rd_kafka_queue_t* records_ = nullptr;
  partition_set partitions_;
  offset_committer committer_;
  phase phase_ = phase::stable;
  rdkafka_partitions moving_;      ///< of the rebalance that is not answered yet
  std::vector<std::int64_t> ends_; ///< of `moving_`, with exit_at_end
  clock::time_point deadline_{};
  clock::time_point next_try_{};
  bool assigned_once_ = false;
  bool closing_ = false;
  std::optional<core::error> fatal_;
};

} // namespace lepton::connectors
