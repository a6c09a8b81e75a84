#include "tests/connectors/kafka/kafka_harness.hpp"
#include "tests/support/kafka_broker.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <numeric>
#include <set>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

constexpr int many = 100'000;

test_fields source_of(const std::string& topic, const std::string& group) {
  return {{"bootstrap_servers", kafka_broker::shared().bootstrap_servers()},
          {"topics", topic},
          {"group_id", group}};
}

test_fields sink_to(const std::string& topic) {
  return {{"bootstrap_servers", kafka_broker::shared().bootstrap_servers()}, {"topic", topic}};
}

std::vector<std::pair<std::string, std::string>> numbered(int first, int count) {
  std::vector<std::pair<std::string, std::string>> out;
  for (int i = first; i < first + count; ++i)
    out.emplace_back(fmt::format("key-{}", i % 97), fmt::format("value-{}", i));
  return out;
}

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

TEST(kafka, carries_every_record_once_with_its_key) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("round_trip", 6);
  sink_owner writer{sink_to("round_trip")};
  ASSERT_TRUE(writer.open().ok());
  for (int i = 0; i < many; i += 1000)
    writer.write(numbered(i, 1000));
  ASSERT_TRUE(writer.wait(30s)) << writer.error;
  for (const auto& each : writer.ended)
    EXPECT_TRUE(each.failed.empty());
  EXPECT_TRUE(writer.sink->close().ok());

  lane reader{source_of("round_trip", "round_trip"), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(30s);
  EXPECT_EQ(reader.error, "");
  EXPECT_TRUE(reader.exhausted);
  ASSERT_EQ(reader.records.size(), std::size_t{many});
  std::set<std::string> values;
  std::map<std::int32_t, std::int64_t> next;
  std::map<std::string, std::set<std::int32_t>> partitions_of_key;
  for (const auto& record : reader.records) {
    const auto number = record.value.substr(record.value.find('-') + 1);
    EXPECT_EQ(record.key, fmt::format("key-{}", std::stoi(number) % 97));
    EXPECT_EQ(record.offset, next[record.partition]++);
    partitions_of_key[record.key].insert(record.partition);
    values.insert(record.value);
  }
  EXPECT_EQ(values.size(), std::size_t{many});
  EXPECT_EQ(next.size(), 6U);
  for (const auto& [key, partitions] : partitions_of_key)
    EXPECT_EQ(partitions.size(), 1U) << key;
  EXPECT_LT(reader.batches, 600); // large batches, although the partitions alternate
  reader.close();
  EXPECT_EQ(reader.error, "");
  EXPECT_EQ(broker.committed("round_trip", "round_trip"), broker.end_offsets("round_trip"));
}

} // namespace
} // namespace lepton::tests
