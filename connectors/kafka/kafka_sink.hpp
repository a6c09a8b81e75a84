#pragma once

#include "connectors/kafka/kafka_client_handle.hpp"
#include "connectors/kafka/kafka_partitioner.hpp"
#include "core/catalog.hpp"
#include "core/sink.hpp"
#include "core/units.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

struct kafka_sink_settings {
  kafka_properties properties; ///< of the client, complete
  std::string topic;
  core::duration connect_timeout{std::chrono::seconds{10}};
  core::duration linger{std::chrono::milliseconds{5}}; ///< as librdkafka has it
  std::shared_ptr<kafka_partitioner> partitions;       ///< learns their number when the sink opens
};

/// Writes to one topic with one producer. Payloads are not copied: a batch is kept until the
/// cluster has answered for all of its records. While the cluster is away everything waits; nothing
/// is dropped and nothing changes its order. Refused records (too large, say) become failed rows;
/// what no later record would survive either (no permission, no topic) ends the sink.
class kafka_sink final : public core::sink, private kafka_listener {
public:
  kafka_sink(std::shared_ptr<const kafka_sink_settings> settings, const core::run_context& context);
  ~kafka_sink() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;
  void flush() override;
  core::result<void> close() override;
  bool connected() const override { return client_ && client_->watch().connected(); }

private:
  /// A batch on its way.
  struct writing {
    core::encoded_batch_ptr batch;
    std::size_t next = 0;    ///< first record that librdkafka does not have yet
    std::size_t waiting = 0; ///< records that librdkafka has and has not answered for
    std::vector<core::row_error> failed;
    bool in_flight = false;

    bool ended() const noexcept { return next == batch->records.size() && waiting == 0; }
  };

  /// Batches that were given to librdkafka within one linger: about one request for each partition.
  struct flight {
    std::chrono::steady_clock::time_point begun;
    std::size_t batches = 0; ///< not settled yet
  };

  /// Whether librdkafka should get another batch now. While the cluster is slow, later batches wait
  /// here and leave together: librdkafka sends at most 5 requests for a partition at once, and asks
  /// without pause whether it may send more as long as it has anything to send.
  bool may_give();
  void on_delivery(const rd_kafka_message_t& sent) override;
  void on_statistics(std::string_view json) override;
  void on_fatal(const core::error& error) override { fatal_ = error; }

  /// Gives librdkafka what it does not have yet of one batch; false if it takes no more.
  bool produce(writing& write);
  void produce_blocked();
  bool produce_plain(writing& write);
  bool produce_with_headers(writing& write);
  rd_kafka_resp_err_t produce_one(writing& write, std::size_t record);
  /// What librdkafka said about giving it the next record; false if its queue is full.
  bool given(writing& write, rd_kafka_resp_err_t code);
  void refused(writing& write, std::size_t record, rd_kafka_resp_err_t code);
  core::result<void> count_partitions();
  void release() noexcept;

  std::shared_ptr<const kafka_sink_settings> settings_;
  std::string component_;
  core::counter& retries_;
  std::int64_t retries_seen_ = 0;
  core::ref_ptr<core::waker> owner_;
  std::deque<flight> flights_;
  std::deque<std::unique_ptr<writing>> writes_; ///< in order; librdkafka has pointers into them
  kafka_client_ptr client_;
  bool blocked_ = false; ///< some of `writes_` are to be given still
  rdkafka_topic topic_;
  rdkafka_queue reports_;
  std::vector<rd_kafka_message_t> messages_; ///< for one call
  std::optional<core::error> fatal_;
};

} // namespace lepton::connectors
