#pragma once

#include "connectors/kafka/assigned_partition.hpp"
#include "connectors/kafka/rdkafka.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// The partitions that a consumer has now. Addresses of its members stay valid until they are
/// removed. Does not talk to Kafka.
class partition_set {
public:
  using list = std::vector<std::unique_ptr<assigned_partition>>;

  /// A partition with an epoch of its own.
  assigned_partition& add(std::string_view topic, std::int32_t partition);
  void remove(const assigned_partition& gone);

  /// The partition of a message; null if it was taken away. Fast for many messages of one
  /// partition.
  assigned_partition* find(const rd_kafka_message_t& message);
  assigned_partition* find(std::string_view topic, std::int32_t partition) const;
  assigned_partition* find(std::uint64_t epoch) const;

  const list& all() const noexcept { return all_; }
  bool empty() const noexcept { return all_.empty(); }

private:
  list all_;
  std::uint64_t last_epoch_ = 0;
  const rd_kafka_topic_t* found_topic_ = nullptr; ///< of `found_`, as librdkafka's messages have it
  assigned_partition* found_ = nullptr;           ///< by the last search for a message
};

} // namespace lepton::connectors
