#pragma once

#include "connectors/kafka/client_options.hpp"
#include "connectors/kafka/connection_watch.hpp"
#include "connectors/kafka/kafka_log.hpp"
#include "core/ref_counted.hpp"
#include "core/result.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// What librdkafka tells while somebody polls one of its queues. All calls come from that thread.
class kafka_listener {
public:
  virtual ~kafka_listener() = default;
  virtual void on_rebalance(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&) {}
  /// The end of a commit; `partitions` is null if there was nothing to commit.
  virtual void on_commit(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*) {}
  virtual void on_delivery(const rd_kafka_message_t&) {}
  /// librdkafka's statistics as JSON.
  virtual void on_statistics(std::string_view) {}
  /// An error of the whole client that it cannot get over.
  virtual void on_fatal(const core::error&) {}
};

/// Owns one librdkafka client together with what it calls back. librdkafka waits in its destructor
/// for every message that it handed out, so whoever keeps messages keeps this too; whoever drops
/// the last reference waits for librdkafka's threads to end (not for a broker). Reference count
/// thread-safe; everything else is for one thread.
class kafka_client_handle : public core::ref_counted {
public:
  /// `component` is for log lines and messages. `listener` must live until `forget_listener`.
  static core::result<core::ref_ptr<kafka_client_handle>> make(rd_kafka_type_t type,
                                                               const kafka_properties& properties,
                                                               std::string component,
                                                               kafka_listener& listener);
  ~kafka_client_handle() override;

  rd_kafka_t* get() const noexcept { return client_; }
  const connection_watch& watch() const noexcept { return callbacks_->watch; }
  /// Nobody is called from here on.
  void forget_listener() noexcept { callbacks_->listener = nullptr; }
  /// The cluster is away: the client ends in the background, without a word. It may keep trying for
  /// as long as `session.timeout.ms` to get rid of a commit.
  void abandon() noexcept;

  /// The cluster's answer about one topic, or about all of them if `topic` is null. Waits for the
  /// cluster for at most `limit`; ends earlier if trying again will not help. Serves callbacks.
  core::result<rdkafka_metadata> metadata(rd_kafka_topic_t* topic, std::chrono::milliseconds limit);

private:
  /// What librdkafka's callbacks use; lives as long as the client.
  struct callbacks {
    callbacks(std::string component, std::string servers, kafka_listener& listener);

    kafka_log log;
    connection_watch watch;
    kafka_listener* listener;
    std::atomic<bool> silent{false};
  };

  explicit kafka_client_handle(std::unique_ptr<callbacks> with) : callbacks_{std::move(with)} {}

  void set_callbacks(rd_kafka_conf_t& conf, rd_kafka_type_t type);
  static void set_messages(rd_kafka_conf_t& conf);
  static callbacks& of(const rd_kafka_t* client);

  std::unique_ptr<callbacks> callbacks_;
  rd_kafka_t* client_ = nullptr;
  bool abandoned_ = false;
};

using kafka_client_ptr = core::ref_ptr<kafka_client_handle>;

} // namespace lepton::connectors
