#include "tests/connectors/kafka/kafka_topics.hpp"
#include "tests/support/kafka_installation.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::int64_t last_offset(const core::raw_batch_ptr& batch) {
  return batch->records().back().offset;
}

TEST(kafka_offsets, commits_only_what_is_settled_without_a_gap) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("prefix", 1);
  broker.produce("prefix", numbered(0, 1000));
  const auto fields =
      source_of(broker, "prefix", {{"batch.max_records", "100"}, {"commit_interval", "50ms"}});
  lane first{fields};
  ASSERT_TRUE(first.open().ok());
  first.hold = true;
  first.run(20s, [&] { return first.records.size() == 1000; });
  ASSERT_EQ(first.held.size(), 10U);
  const auto committed = [&] { return broker.committed("group-of-prefix", "prefix")[0]; };

  for (const std::size_t settled : {1, 2, 9})
    first.settle(first.held[settled]);
  first.idle(500ms);
  EXPECT_LE(committed(), 0); // batch 0 is not settled
  first.settle(first.held[0]);
  first.idle(10s, [&] { return committed() == 300; });
  EXPECT_EQ(committed(), last_offset(first.held[2]) + 1);
  first.close(false);
  EXPECT_EQ(committed(), 300);

  lane second{fields, true};
  ASSERT_TRUE(second.open().ok());
  second.run(20s);
  ASSERT_EQ(second.records.size(), 700U);
  EXPECT_EQ(second.records.front().offset, 300);
  second.close();
  EXPECT_EQ(committed(), 1000);
}

TEST(kafka_offsets, loses_nothing_when_batches_settle_in_any_order_and_the_lane_dies) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("any_order", 3);
  broker.produce("any_order", numbered(0, 6000));
  const auto fields =
      source_of(broker, "any_order", {{"batch.max_records", "50"}, {"commit_interval", "10ms"}});
  std::mt19937 random{7};
  std::set<std::string> finished;
  for (int life = 0; life < 3; ++life) {
    lane mortal{fields};
    ASSERT_TRUE(mortal.open().ok());
    mortal.hold = true;
    mortal.run(20s, [&] { return mortal.records.size() >= 2500; });
    std::shuffle(mortal.held.begin(), mortal.held.end(), random);
    mortal.held.resize(mortal.held.size() / 2); // the others die with it
    for (const auto& batch : mortal.held) {
      for (const auto& record : batch->records())
        finished.insert(std::string{record.payload});
      mortal.settle(batch);
    }
    mortal.idle(200ms);
    mortal.close(false);
  }
  lane last{fields, true};
  ASSERT_TRUE(last.open().ok());
  last.run(20s);
  for (const auto& record : last.records)
    finished.insert(record.value);
  EXPECT_EQ(finished.size(), 6000U);
}

TEST(kafka_offsets, end_at_once_in_an_empty_topic) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("empty", 3);
  lane reader{source_of(broker, "empty"), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(20s);
  EXPECT_TRUE(reader.exhausted);
  EXPECT_TRUE(reader.records.empty());
  reader.close();
  EXPECT_EQ(reader.error, "");
}

TEST(kafka_offsets, begin_where_the_user_says_only_without_a_committed_offset) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("begin", 1);
  broker.produce("begin", numbered(0, 10));
  const auto fields = source_of(broker, "begin", {{"start_offset", "latest"}});
  lane first{fields};
  ASSERT_TRUE(first.open().ok());
  first.run(20s, [&] { return first.source->lag() == 0; });
  EXPECT_TRUE(first.records.empty());
  first.close();
  broker.produce("begin", numbered(10, 5)); // while nobody reads
  lane second{fields, true};
  ASSERT_TRUE(second.open().ok());
  second.run(20s);
  ASSERT_EQ(second.records.size(), 5U); // not skipped, although it starts at the latest
  EXPECT_EQ(second.records[0].value, "value-10");
}

void delete_records_before(const kafka_broker& broker, const std::string& topic,
                           std::int64_t offset) {
  const temp_dir folder;
  const auto json = folder.write(
      "offsets.json",
      fmt::format(R"({{"partitions":[{{"topic":"{}","partition":0,"offset":{}}}],"version":1}})",
                  topic, offset));
  const auto installed = find_kafka_installation(".deps");
  process_options options;
  options.program = installed.java;
  options.arguments = {"-cp",
                       installed.class_path,
                       "org.apache.kafka.tools.DeleteRecordsCommand",
                       "--bootstrap-server",
                       broker.bootstrap_servers(),
                       "--offset-json-file",
                       json};
  const auto done = run_process(options, 60s);
  ASSERT_TRUE(done.status.ok()) << done.standard_output << done.standard_error;
}

TEST(kafka_offsets, stop_with_advice_when_records_were_deleted_unread) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("expired", 1);
  broker.produce("expired", numbered(0, 100));
  lane first{source_of(broker, "expired", {{"batch.max_records", "10"}})};
  ASSERT_TRUE(first.open().ok());
  first.run(20s, [&] { return first.records.size() == 10; });
  first.close();
  ASSERT_EQ(broker.committed("group-of-expired", "expired")[0], 10);
  delete_records_before(broker, "expired", 50);

  lane second{source_of(broker, "expired"), true};
  ASSERT_TRUE(second.open().ok());
  second.run(20s);
  EXPECT_THAT(second.error, HasSubstr("topic 'expired', partition 0"));
  EXPECT_THAT(second.error, HasSubstr("out_of_range"));
  EXPECT_TRUE(second.records.empty());
  second.close(false);

  lane third{source_of(broker, "expired", {{"out_of_range", "earliest"}}), true};
  ASSERT_TRUE(third.open().ok());
  third.run(20s);
  ASSERT_EQ(third.records.size(), 50U);
  EXPECT_EQ(third.records[0].offset, 50);
}

} // namespace
} // namespace lepton::tests
