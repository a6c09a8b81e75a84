#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lepton::tests {

/// One record as it lies in a topic, or as it is to be put there.
struct kafka_record {
  std::int32_t partition = -1; ///< to produce: -1 chooses by key, as Java's client does
  std::int64_t offset = -1;    ///< to produce: ignored
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::int64_t timestamp_ms = 0; ///< to produce: 0 is now
  bool has_key = true;
  bool has_value = true; ///< false: a tombstone
};

/// The sum of what end_offsets() or committed() tell, for topics where nothing is negative.
std::int64_t total(const std::vector<std::int64_t>& offsets);

/// What a reader makes of records of transactions that are open or were aborted.
enum class isolation { read_committed, read_uncommitted };

/// What a test puts into a cluster and looks up in it, by its own short-lived librdkafka handles:
/// it shares no code with the connector under test and joins no group. Every call returns when the
/// broker has answered; after 30 s without success, or on an error, it throws std::runtime_error.
/// Thread-safe.
class kafka_client {
public:
  using properties = std::map<std::string, std::string>;

  /// `config` holds further librdkafka properties, such as those of TLS and SASL.
  explicit kafka_client(std::string bootstrap_servers, properties config = {})
      : bootstrap_servers_{std::move(bootstrap_servers)}, config_{std::move(config)} {}

  const std::string& bootstrap_servers() const noexcept { return bootstrap_servers_; }

  /// True once a broker has answered within `limit` and every partition there is has a leader.
  bool is_ready(std::chrono::milliseconds limit) const;

  /// One replica; `config` as of the topic, such as {"cleanup.policy", "compact"}. Returns when
  /// every partition has a leader.
  void create_topic(const std::string& topic, int partitions, const properties& config = {}) const;

  /// A user who may log in with SCRAM-SHA-512.
  void create_scram_user(const std::string& name, const std::string& password) const;

  /// Idempotent and in order within a partition; returns when all are acknowledged.
  void produce(const std::string& topic, const std::vector<kafka_record>& records) const;
  /// The same for pairs of key and value.
  void produce(const std::string& topic,
               const std::vector<std::pair<std::string, std::string>>& records) const;

  /// All records from the low to the high watermarks as they are when called, by partition and
  /// offset. With read_committed an open transaction hides what comes after its first record.
  std::vector<kafka_record> consume_all(const std::string& topic,
                                        isolation level = isolation::read_committed) const;

  /// The high watermark of each partition. A transaction adds one for its marker.
  std::vector<std::int64_t> end_offsets(const std::string& topic) const;

  /// What the group has committed for each partition; -1 where it has not.
  std::vector<std::int64_t> committed(const std::string& group, const std::string& topic) const;

private:
  std::string bootstrap_servers_;
  properties config_;
};

} // namespace lepton::tests
