#include "tests/connectors/kafka/kafka_topics.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr int many = 100'000;

void write_many(const kafka_broker& broker, const std::string& topic) {
  sink_owner writer{sink_to(broker, topic)};
  ASSERT_TRUE(writer.open().ok());
  for (int i = 0; i < many; i += 1000)
    writer.write(numbered(i, 1000));
  ASSERT_TRUE(writer.wait(30s)) << writer.error;
  for (const auto& each : writer.ended)
    EXPECT_TRUE(each.failed.empty());
  EXPECT_TRUE(writer.sink->close().ok());
}

TEST(kafka_round_trip, carries_every_record_once_with_its_key) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("round_trip", 6);
  write_many(broker, "round_trip");
  lane reader{source_of(broker, "round_trip"), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(30s);
  EXPECT_EQ(reader.error, "");
  EXPECT_TRUE(reader.exhausted);
  ASSERT_EQ(reader.records.size(), std::size_t{many});

  std::set<std::string> values;
  std::map<std::int32_t, std::int64_t> next;
  std::map<std::string, std::set<std::int32_t>> partitions_of_key;
  for (const auto& record : reader.records) {
    const auto number = std::stoi(record.value.substr(record.value.find('-') + 1));
    EXPECT_EQ(record.key, fmt::format("key-{}", number % 97));
    EXPECT_EQ(record.offset, next[record.partition]++);
    EXPECT_GT(record.timestamp_ms, 1'600'000'000'000);
    partitions_of_key[record.key].insert(record.partition);
    values.insert(record.value);
  }
  EXPECT_EQ(values.size(), std::size_t{many});
  EXPECT_EQ(next.size(), 6U);
  for (const auto& [key, partitions] : partitions_of_key)
    EXPECT_EQ(partitions.size(), 1U) << key;
  EXPECT_LT(reader.batches, 400); // fuller than one piece of a partition at a time
  reader.close();
  EXPECT_EQ(reader.error, "");
  EXPECT_EQ(broker.committed("group-of-round_trip", "round_trip"),
            broker.end_offsets("round_trip"));
}

TEST(kafka_round_trip, chooses_partitions_by_key_as_javas_client_does) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("ours", 5);
  broker.create_topic("theirs", 5);
  broker.produce("theirs", numbered(0, 200)); // murmur2, as the broker's own clients
  sink_owner writer{sink_to(broker, "ours")};
  ASSERT_TRUE(writer.open().ok());
  writer.write(numbered(0, 200));
  ASSERT_TRUE(writer.wait(20s));
  EXPECT_EQ(broker.end_offsets("ours"), broker.end_offsets("theirs"));
}

TEST(kafka_round_trip, writes_headers_and_records_without_key_or_value) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("headers", 1);
  sink_owner writer{sink_to(broker, "headers")};
  ASSERT_TRUE(writer.open().ok());
  writer.write({{"k", "v"}}, {{"reason", "why"}, {"attempts", "1"}});
  writer.write({{"", ""}, {"", "no key"}});
  ASSERT_TRUE(writer.wait(20s)) << writer.error;
  const auto records = broker.consume_all("headers");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_THAT(records[0].headers, ElementsAre(Pair("reason", "why"), Pair("attempts", "1")));
  EXPECT_EQ(records[0].key, "k");
  EXPECT_FALSE(records[1].has_key);
  EXPECT_EQ(records[2].value, "no key");
}

TEST(kafka_round_trip, keeps_the_order_when_librdkafkas_queue_is_full) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("full", 1);
  sink_owner writer{sink_to(broker, "full"), {{"queue.buffering.max.messages", "100"}}};
  ASSERT_TRUE(writer.open().ok());
  for (int i = 0; i < 3000; i += 300)
    writer.write(numbered(i, 300));
  writer.write({{"h", "with headers"}}, {{"name", "text"}});
  ASSERT_TRUE(writer.wait(30s)) << writer.error;
  const auto records = broker.consume_all("full");
  ASSERT_EQ(records.size(), 3001U);
  for (int i = 0; i < 3000; ++i)
    ASSERT_EQ(records[static_cast<std::size_t>(i)].value, fmt::format("value-{}", i));
}

class kafka_codec : public testing::TestWithParam<const char*> {};

TEST_P(kafka_codec, is_read_back) {
  auto& broker = kafka_broker::shared();
  const auto topic = fmt::format("codec-{}", GetParam());
  broker.create_topic(topic, 2);
  sink_owner writer{sink_to(broker, topic, {{"compression", GetParam()}})};
  ASSERT_TRUE(writer.open().ok());
  writer.write(numbered(0, 5000));
  ASSERT_TRUE(writer.wait(20s)) << writer.error;
  lane reader{source_of(broker, topic), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(20s);
  EXPECT_EQ(reader.records.size(), 5000U);
}

INSTANTIATE_TEST_SUITE_P(all, kafka_codec,
                         testing::Values("none", "gzip", "snappy", "lz4", "zstd"));

TEST(kafka_round_trip, refuses_a_record_that_is_too_large_and_writes_the_others) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("large", 1);
  sink_owner writer{sink_to(broker, "large")};
  ASSERT_TRUE(writer.open().ok());
  writer.write(
      {{"a", "small"}, {"b", std::string(1'500'000, 'x')}, {"c", std::string(900'000, 'y')}});
  ASSERT_TRUE(writer.wait(20s)) << writer.error;
  ASSERT_EQ(writer.ended.size(), 1U);
  ASSERT_EQ(writer.ended[0].failed.size(), 1U);
  EXPECT_EQ(writer.ended[0].failed[0].row, 1);
  EXPECT_THAT(writer.ended[0].failed[0].reason, HasSubstr("message.max.bytes"));
  const auto records = broker.consume_all("large");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].value.size(), 900'000U);

  lane reader{source_of(broker, "large", {{"batch.max_bytes", "64KiB"}}), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(20s);
  EXPECT_EQ(reader.records.size(), 2U);
  EXPECT_EQ(reader.batches, 2); // what is larger than the bound is a batch of its own
}

TEST(kafka_round_trip, says_which_row_the_broker_refused) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("tight", 1, {{"max.message.bytes", "2000"}});
  sink_owner writer{sink_to(broker, "tight", {{"compression", "none"}, {"batch_size", "1KiB"}})};
  ASSERT_TRUE(writer.open().ok());
  writer.write({{"a", "small"}, {"b", std::string(5'000, 'x')}, {"c", "small too"}});
  ASSERT_TRUE(writer.wait(20s)) << writer.error;
  ASSERT_EQ(writer.ended[0].failed.size(), 1U);
  EXPECT_EQ(writer.ended[0].failed[0].row, 1);
  EXPECT_EQ(broker.consume_all("tight").size(), 2U);
}

TEST(kafka_round_trip, hands_out_a_single_record_at_once) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("trickle", 1);
  lane reader{source_of(broker, "trickle")};
  ASSERT_TRUE(reader.open().ok());
  reader.run(20s, [&] { return reader.source->lag() == 0; }); // assigned, and at the end
  sink_owner writer{sink_to(broker, "trickle", {{"linger", "0"}})};
  ASSERT_TRUE(writer.open().ok());
  writer.write({{"k", "first"}});
  ASSERT_TRUE(writer.wait(20s));
  reader.run(20s, [&] { return reader.records.size() == 1; });
  for (std::size_t i = 2; i <= 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    writer.write({{"k", "next"}});
    reader.run(5s, [&] { return reader.records.size() == i; });
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s); // never a timeout of some poll
    ASSERT_TRUE(writer.wait(20s));
  }
}

} // namespace
} // namespace lepton::tests
