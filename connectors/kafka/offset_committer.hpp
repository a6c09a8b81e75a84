#pragma once

#include "connectors/kafka/partition_set.hpp"

#include <string>

namespace lepton::connectors {

/// Commits the settled prefixes of a consumer's partitions, one request at a time, without
/// blocking. Commits nothing that is not settled.
class offset_committer {
public:
  explicit offset_committer(std::string component) : component_{std::move(component)} {}

  /// Asks for a commit of every prefix that moved since the last one. False if there is none, or if
  /// a request is still under way.
  bool request(rd_kafka_t* client, const partition_set& partitions);

  /// The answer, from librdkafka's callback. What failed is asked for again by the next request.
  void answered(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t* list,
                const partition_set& partitions);

  bool under_way() const noexcept { return under_way_; }

private:
  std::string component_;
  bool under_way_ = false;
  bool failing_ = false; ///< said so already
};

} // namespace lepton::connectors
