// A whole pipeline, from topic to topic, run by the binary on a real broker.
#include "tests/support/card_payments.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/lepton_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

class kafka_pipeline : public testing::Test {
protected:
  /// Makes the topics, fills the input and writes the file.
  std::filesystem::path prepare(std::int64_t count, int partitions) {
    pipeline.bootstrap_servers = broker.bootstrap_servers();
    pipeline.prefix = testing::UnitTest::GetInstance()->current_test_info()->name();
    pipeline.create_topics(broker, partitions);
    broker.produce(pipeline.topic("tx"), payments(0, count, partitions));
    return folder.write("pipeline.yaml", pipeline.yaml());
  }

  kafka_broker& broker = kafka_broker::shared();
  temp_dir folder{"pipeline"};
  card_pipeline pipeline;
};

TEST_F(kafka_pipeline, scores_every_record_once_and_commits_the_end) {
  constexpr std::int64_t count = 30'000;
  pipeline.lanes = 2;
  const auto file = prepare(count, 4);

  const auto run = run_lepton({"run", file.string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;

  const auto scores = seen_payments(broker.consume_all(pipeline.topic("scores")));
  ASSERT_EQ(scores.size(), static_cast<std::size_t>(count));
  for (const auto& [i, seen] : scores) {
    ASSERT_EQ(seen.times, 1) << i;
    const double amount = i % 10 == 0 ? 10.0 : 0.5 + static_cast<double>(i % 977);
    ASSERT_DOUBLE_EQ(seen.twin, static_cast<double>(i % 100) * 2.0 + amount) << i;
  }
  EXPECT_EQ(seen_payments(broker.consume_all(pipeline.topic("alerts"))).size(), count / 10);
  EXPECT_EQ(total(broker.committed(pipeline.prefix, pipeline.topic("tx"))), count);

  const auto summary = summary_of(run.standard_output);
  EXPECT_EQ(summary.at("records_in"), count);
  EXPECT_EQ(summary.at("records_out"), count + count / 10);
  EXPECT_EQ(summary.at("errors"), 0);
  EXPECT_GT(summary.at("records_per_second"), 0);
  EXPECT_GT(summary.at("latency_ms").at("p99"), 0);
  EXPECT_GT(summary.at("peak_rss_bytes"), 1 << 20);
}

TEST_F(kafka_pipeline, keeps_the_order_of_each_key_and_its_partition) {
  constexpr std::int64_t count = 20'000;
  pipeline.workers = 4;
  const auto file = prepare(count, 6);
  const auto run = run_lepton({"run", file.string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;

  std::map<std::string, std::int64_t> last;
  std::map<std::string, std::int32_t> partition;
  for (const auto& record : broker.consume_all(pipeline.topic("scores"))) {
    const auto i = seen_payments({record}).begin()->first;
    EXPECT_EQ(record.key, std::to_string(i % 100));
    const auto [at, first] = partition.emplace(record.key, record.partition);
    EXPECT_EQ(at->second, record.partition);
    EXPECT_GT(i, first ? -1 : last[record.key]);
    last[record.key] = i;
  }
  EXPECT_EQ(last.size(), 100U);
}

TEST_F(kafka_pipeline, gives_the_same_scores_with_either_backend) {
  const auto file = prepare(2'000, 2);
  ASSERT_TRUE(run_lepton({"run", file.string(), "--exit-at-end"}).status.ok());
  auto other = pipeline;
  other.backend = "openvino";
  auto text = other.yaml();
  const auto from = "group_id: " + other.prefix;
  text.replace(text.find(from), from.size(), from + "_2");
  const auto run = run_lepton({"run", folder.write("2.yaml", text).string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;

  std::map<std::string, std::vector<double>> scores;
  for (const auto& record : broker.consume_all(pipeline.topic("scores"))) {
    const auto json = nlohmann::json::parse(record.value);
    scores[json.at("tx_id")].push_back(json.at("score"));
  }
  ASSERT_EQ(scores.size(), 2'000U);
  for (const auto& [id, both] : scores) {
    ASSERT_EQ(both.size(), 2U);
    EXPECT_NEAR(both[0], both[1], 1e-5) << id;
  }
}

TEST_F(kafka_pipeline, sends_what_cannot_be_read_to_the_dead_letters_with_its_place) {
  const auto file = prepare(100, 1);
  kafka_record bad;
  bad.partition = 0;
  const std::vector<std::string> broken{R"({"tx_id":"x")", "", R"({"tx_id":"y","card_id":1.5})",
                                        R"([1,}])", "\xff\xfe"};
  for (const auto& text : broken) {
    bad.value = text;
    broker.produce(pipeline.topic("tx"), std::vector{bad});
  }
  const auto run = run_lepton({"run", file.string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;

  EXPECT_EQ(seen_payments(broker.consume_all(pipeline.topic("scores"))).size(), 100U);
  const auto dead = broker.consume_all(pipeline.topic("dead"));
  ASSERT_EQ(dead.size(), broken.size());
  std::map<std::string, std::string> offsets;
  for (const auto& record : dead) {
    std::map<std::string, std::string> headers{record.headers.begin(), record.headers.end()};
    EXPECT_FALSE(headers["reason"].empty());
    EXPECT_EQ(headers["component"], "tx");
    EXPECT_EQ(headers["topic"], pipeline.topic("tx"));
    EXPECT_EQ(headers["partition"], "0");
    EXPECT_EQ(headers["attempts"], "1");
    offsets[headers["offset"]] = record.value;
  }
  for (std::size_t i = 0; i < broken.size(); ++i)
    EXPECT_EQ(offsets[std::to_string(100 + i)], broken[i]);
  EXPECT_EQ(summary_of(run.standard_output).at("dead_lettered"), broken.size());
  EXPECT_EQ(total(broker.committed(pipeline.prefix, pipeline.topic("tx"))), 105);
}

TEST_F(kafka_pipeline, takes_up_where_an_earlier_run_ended) {
  const auto file = prepare(1'000, 2);
  ASSERT_TRUE(run_lepton({"run", file.string(), "--exit-at-end"}).status.ok());
  broker.produce(pipeline.topic("tx"), payments(1'000, 500, 2));
  const auto run = run_lepton({"run", file.string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  EXPECT_EQ(summary_of(run.standard_output).at("records_in"), 500);
  const auto scores = seen_payments(broker.consume_all(pipeline.topic("scores")));
  ASSERT_EQ(scores.size(), 1'500U);
  for (const auto& [i, seen] : scores)
    EXPECT_EQ(seen.times, 1) << i;
}

TEST_F(kafka_pipeline, loses_nothing_when_killed_at_random_moments) {
  constexpr std::int64_t count = 120'000;
  pipeline.lanes = 2;
  const auto file = prepare(count, 4);
  const auto out = pipeline.topic("scores");
  std::int64_t reread_at_most = 0;
  for (int kills = 0; kills < 5; ++kills) {
    process running{lepton({"run", file.string()})};
    const auto wanted = total(broker.end_offsets(out)) + 1'000 + kills * 3'777;
    ASSERT_TRUE(eventually(60s, [&] {
      return total(broker.end_offsets(out)) >= std::min(wanted, count);
    })) << running.standard_error();
    running.kill();
    // What was written but not committed is read again; the rest is not.
    reread_at_most += static_cast<std::int64_t>(seen_payments(broker.consume_all(out)).size());
    for (const auto offset : broker.committed(pipeline.prefix, pipeline.topic("tx")))
      reread_at_most -= std::max<std::int64_t>(offset, 0);
  }
  // The group waits for the last killed member to be given up: up to its session timeout.
  const auto run = run_lepton({"run", file.string(), "--exit-at-end"}, {}, 180s);
  ASSERT_TRUE(run.status.ok()) << run.standard_error;

  const auto scores = seen_payments(broker.consume_all(out));
  EXPECT_EQ(scores.size(), static_cast<std::size_t>(count)) << "records were lost";
  std::int64_t duplicates = 0;
  for (const auto& [i, seen] : scores)
    duplicates += seen.times - 1;
  EXPECT_LE(duplicates, reread_at_most);
  EXPECT_EQ(total(broker.committed(pipeline.prefix, pipeline.topic("tx"))), count);
}

} // namespace
} // namespace lepton::tests
