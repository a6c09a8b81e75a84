#pragma once

#include "tests/connectors/kafka/kafka_harness.hpp"
#include "tests/support/kafka_broker.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lepton::tests {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

/// Fields of a source that reads `topic` from the beginning, with `more` on top.
inline test_fields source_of(const kafka_broker& broker, const std::string& topic,
                             test_fields more = {}) {
  more.insert({{"bootstrap_servers", broker.bootstrap_servers()},
               {"topics", topic},
               {"group_id", "group-of-" + topic}});
  return more;
}

inline test_fields sink_to(const kafka_broker& broker, const std::string& topic,
                           test_fields more = {}) {
  more.insert({{"bootstrap_servers", broker.bootstrap_servers()}, {"topic", topic}});
  return more;
}

/// `count` pairs of key and value that count from `first`.
inline text_pairs numbered(int first, int count) {
  text_pairs out;
  for (int i = first; i < first + count; ++i)
    out.emplace_back("key-" + std::to_string(i % 97), "value-" + std::to_string(i));
  return out;
}

} // namespace lepton::tests
