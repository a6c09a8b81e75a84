#pragma once

#include "connectors/kafka/batch_cutter.hpp"
#include "connectors/kafka/group_assignment.hpp"
#include "connectors/kafka/kafka_client_handle.hpp"
#include "connectors/kafka/kafka_source_settings.hpp"
#include "core/catalog.hpp"
#include "core/source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lepton::connectors {

/// One lane: a consumer that is a member of a group. The records of all its partitions come through
/// one queue, whose length is bounded; rebalances, errors and commits come through another, so that
/// they are served while nothing is taken. Delivers at least once: commits only what is settled.
/// Does not decode.
class kafka_source final : public core::source, private kafka_listener {
public:
  kafka_source(std::shared_ptr<const kafka_source_settings> settings,
               const core::run_context& context);
  ~kafka_source() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;
  core::result<void> tick() override;
  void settled(const core::raw_batch& batch) override;
  bool owns(const core::raw_batch& batch) const override { return assignment_.owns(batch.epoch); }
  core::result<void> close(bool drained) override;
  std::optional<std::int64_t> lag() const override { return lag_; }
  bool connected() const override { return client_ && client_->watch().connected(); }

private:
  using clock = std::chrono::steady_clock;

  void on_rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& list) override;
  void on_commit(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list) override;
  void on_fatal(const core::error& error) override { fatal_ = error; }

  core::result<void> subscribe();
  /// Serves rebalances, errors and commits. Waits at most `limit` for the first of them.
  void serve_control(std::chrono::milliseconds limit);
  core::result<void> serve(clock::time_point now);
  /// Takes records from librdkafka into `pending_`; false if there are none.
  bool take(core::poll_budget budget);
  std::size_t take_limit(core::poll_budget budget) const;
  void sort_in(rd_kafka_message_t* message);
  void failed(const rd_kafka_message_t& message);
  core::source_poll hand_out(core::poll_budget budget, clock::time_point now);
  void leave_group(clock::time_point deadline);
  void release() noexcept;

  std::shared_ptr<const kafka_source_settings> settings_;
  std::string component_;
  core::ref_ptr<core::waker> owner_;
  batch_cutter pending_;
  group_assignment assignment_;
  kafka_client_ptr client_;
  rdkafka_queue control_; ///< librdkafka's consumer queue
  rdkafka_queue records_;
  std::vector<rd_kafka_message_t*> taken_;
  std::int64_t record_size_ = 1024; ///< bytes, of late
  std::uint64_t sequence_ = 0;
  clock::time_point next_commit_{};
  clock::time_point next_lag_{};
  std::optional<std::int64_t> lag_;
  std::optional<core::error> fatal_;
};

} // namespace lepton::connectors
