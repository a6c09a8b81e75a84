#pragma once

#include "tests/support/kafka_client.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lepton::tests {

/// Payments as JSON, as configs/card_fraud.yaml reads them: number i has tx_id "t<i>", card_id
/// i % 100 (also the key) and values that depend on i alone.
std::string payment(std::int64_t i);
std::vector<kafka_record> payments(std::int64_t first, std::int64_t count, int partitions);

/// A pipeline on Kafka that parses, computes `twin` = card_id * 2 + amount, scores with the shipped
/// model, and writes every payment to `<prefix>_scores`, those with i divisible by 10 (amount is
/// a whole multiple of 10) to `<prefix>_alerts`, and what fails to `<prefix>_dead`.
struct card_pipeline {
  std::string bootstrap_servers;
  std::string prefix;
  int lanes = 1;
  int workers = 2;
  std::string backend = "auto";
  std::string sink_extra; ///< further lines of the sink `scores`, each "    key: value\n"

  std::string topic(const char* what) const { return prefix + "_" + what; }
  std::string yaml() const;
  void create_topics(const kafka_client& cluster, int partitions) const;
};

/// What came out for each payment: how often, and its last score.
struct seen_payment {
  int times = 0;
  double score = -1;
  double twin = -1;
};
std::map<std::int64_t, seen_payment> seen_payments(const std::vector<kafka_record>& records);

} // namespace lepton::tests
