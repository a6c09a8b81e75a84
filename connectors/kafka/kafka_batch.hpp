#pragma once

#include "connectors/kafka/kafka_client_handle.hpp"
#include "connectors/kafka/offset_tracker.hpp"
#include "core/raw_batch.hpp"

#include <memory>
#include <span>

namespace lepton::connectors {

/// Messages of one partition in librdkafka's own memory. They are given back together by whoever
/// drops the batch last, which is a worker, not the thread that polls.
class kafka_batch final : public core::raw_batch {
public:
  /// Takes the messages over. There is at least one, and none is an error.
  kafka_batch(kafka_client_ptr client, std::span<rd_kafka_message_t* const> messages);
  ~kafka_batch() override;

  /// Cut out on the first call, which must come before the batch is shared.
  std::span<const core::raw_record> records() const override;

  offset_tracker::ticket ticket = 0;

private:
  kafka_client_ptr client_; ///< outlives its messages
  std::size_t count_;
  std::unique_ptr<rd_kafka_message_t*[]> messages_;
  mutable std::unique_ptr<core::raw_record[]> records_;
};

} // namespace lepton::connectors
