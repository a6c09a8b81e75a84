// What the binary does while its broker is away, frozen or slow.
#include "tests/support/card_payments.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/lepton_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

std::int64_t memory_bound(const std::string& file) {
  const auto plan = run_lepton({"plan", file, "--json"});
  return nlohmann::json::parse(plan.standard_output).at("memory_bound_bytes");
}

/// Brokers of its own: the tests stop and freeze them.
class kafka_outage : public testing::Test {
protected:
  std::filesystem::path prepare(kafka_broker& sink) {
    source.start();
    pipeline.bootstrap_servers = source.bootstrap_servers();
    pipeline.prefix = testing::UnitTest::GetInstance()->current_test_info()->name();
    pipeline.create_topics(source, 4);
    auto text = pipeline.yaml();
    if (&sink != &source) {
      sink.start();
      pipeline.create_topics(sink, 4);
      const auto sinks = text.find("sinks:");
      for (auto at = text.find(source.bootstrap_servers(), sinks); at != std::string::npos;
           at = text.find(source.bootstrap_servers(), at))
        text.replace(at, source.bootstrap_servers().size(), sink.bootstrap_servers());
    }
    return folder.write("pipeline.yaml", text);
  }

  void produce(std::int64_t first, std::int64_t count) {
    source.produce(pipeline.topic("tx"), payments(first, count, 4));
  }

  kafka_broker source;
  temp_dir folder{"outage"};
  card_pipeline pipeline;
};

TEST_F(kafka_outage, waits_in_bounded_memory_while_the_sinks_broker_is_away_and_loses_nothing) {
  constexpr std::int64_t count = 150'000;
  kafka_broker sink;
  const auto file = prepare(sink);
  produce(0, 20'000);
  process running{lepton({"run", file.string()})};
  ASSERT_TRUE(eventually(60s, [&] {
    return total(sink.end_offsets(pipeline.topic("scores"))) > 0;
  })) << running.standard_error();
  sink.stop();
  produce(20'000, count - 20'000);
  EXPECT_FALSE(running.wait(8s)) << running.standard_error();
  EXPECT_LT(running.usage().peak_resident_bytes, memory_bound(file.string()));
  sink.restart();
  const auto back = std::chrono::steady_clock::now();
  const auto before = total(sink.end_offsets(pipeline.topic("scores")));
  EXPECT_TRUE(
      eventually(10s, [&] { return total(sink.end_offsets(pipeline.topic("scores"))) > before; }));
  RecordProperty(
      "seconds_until_it_went_on",
      std::to_string(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - back).count()));
  ASSERT_TRUE(eventually(60s, [&] {
    return total(source.committed(pipeline.prefix, pipeline.topic("tx"))) == count;
  })) << running.standard_error();
  EXPECT_TRUE(running.stop(30s).ok()) << running.standard_error();
  EXPECT_LT(running.usage().peak_resident_bytes, memory_bound(file.string()));
  EXPECT_EQ(seen_payments(sink.consume_all(pipeline.topic("scores"))).size(), count);
}

TEST_F(kafka_outage, goes_on_after_the_sources_broker_was_killed) {
  constexpr std::int64_t count = 60'000;
  const auto file = prepare(source);
  produce(0, 30'000);
  process running{lepton({"run", file.string()})};
  ASSERT_TRUE(eventually(60s, [&] {
    return total(source.end_offsets(pipeline.topic("scores"))) > 0;
  })) << running.standard_error();
  source.kill();
  EXPECT_FALSE(running.wait(3s)) << running.standard_error();
  source.restart();
  produce(30'000, count - 30'000);
  ASSERT_TRUE(eventually(90s, [&] {
    return total(source.committed(pipeline.prefix, pipeline.topic("tx"))) == count;
  })) << running.standard_error();
  EXPECT_TRUE(running.stop(30s).ok()) << running.standard_error();
  EXPECT_EQ(seen_payments(source.consume_all(pipeline.topic("scores"))).size(), count);
}

TEST_F(kafka_outage, a_blocked_sink_that_drops_leaves_the_others_their_rate) {
  constexpr std::int64_t count = 200'000;
  kafka_broker sink;
  pipeline.sink_extra = "    when_full: drop_newest\n";
  const auto file = prepare(source);
  sink.start();
  sink.create_topic(pipeline.topic("scores"), 4);
  auto text = read_file(file);
  const auto scores = text.find("  scores:", text.find("sinks:"));
  text.replace(text.find(source.bootstrap_servers(), scores), source.bootstrap_servers().size(),
               sink.bootstrap_servers());
  // The healthy sink gets every payment too.
  text.replace(text.find("amount == 10.0"), 14, "amount > -1.0");
  folder.write("pipeline.yaml", text);
  produce(0, 1'000);
  process running{lepton({"run", file.string(), "--json"})};
  ASSERT_TRUE(eventually(60s, [&] {
    return total(sink.end_offsets(pipeline.topic("scores"))) > 0;
  })) << running.standard_error();
  sink.suspend();
  produce(1'000, count - 1'000);
  EXPECT_TRUE(eventually(60s, [&] {
    return total(source.end_offsets(pipeline.topic("alerts"))) == count;
  })) << running.standard_error();
  sink.resume();
  EXPECT_TRUE(running.stop(40s).ok()) << running.standard_error();
  const auto summary = summary_of(running.standard_output());
  EXPECT_GT(summary.at("dropped").at("sink_full"), 0);
  EXPECT_EQ(total(source.committed(pipeline.prefix, pipeline.topic("tx"))), count);
}

TEST_F(kafka_outage, stops_cleanly_on_a_signal_before_it_reached_its_broker) {
  const auto file = prepare(source);
  source.stop();
  process running{lepton({"run", file.string()})};
  EXPECT_FALSE(running.wait(2s)) << running.standard_error();
  running.send(SIGTERM);
  const auto ended = running.wait(15s);
  ASSERT_TRUE(ended) << running.standard_error();
  EXPECT_TRUE(ended->ok()) << running.standard_error();
}

TEST_F(kafka_outage, stops_within_its_timeout_while_the_broker_is_frozen) {
  const auto file = prepare(source);
  auto text = read_file(file);
  text.replace(text.find("{workers:"), 9, "{stop_timeout: 3s, workers:");
  folder.write("pipeline.yaml", text);
  produce(0, 50'000);
  process running{lepton({"run", file.string()})};
  ASSERT_TRUE(eventually(60s, [&] {
    return total(source.end_offsets(pipeline.topic("scores"))) > 0;
  })) << running.standard_error();
  source.suspend();
  EXPECT_FALSE(running.wait(1s));
  running.send(SIGINT);
  const auto ended = running.wait(30s);
  source.resume();
  ASSERT_TRUE(ended) << running.standard_error();
  EXPECT_EQ(ended->signal, 0);
}

TEST_F(kafka_outage, stops_cleanly_when_idle_and_under_a_backlog) {
  const auto file = prepare(source);
  for (const std::int64_t backlog : {0, 300'000}) {
    if (backlog != 0)
      produce(0, backlog);
    process running{lepton({"run", file.string(), "--http", "127.0.0.1:0"})};
    ASSERT_TRUE(running.wait_for_output("http://127.0.0.1:", 30s)) << running.standard_error();
    if (backlog != 0) {
      ASSERT_TRUE(
          eventually(60s, [&] { return total(source.end_offsets(pipeline.topic("scores"))) > 0; }));
    }
    running.send(SIGTERM);
    const auto ended = running.wait(20s);
    ASSERT_TRUE(ended) << running.standard_error();
    EXPECT_TRUE(ended->ok()) << running.standard_error();
  }
  // Drained and committed: nothing is scored twice by the next run.
  ASSERT_TRUE(run_lepton({"run", file.string(), "--exit-at-end"}).status.ok());
  const auto scores = seen_payments(source.consume_all(pipeline.topic("scores")));
  EXPECT_EQ(scores.size(), 300'000U);
  for (const auto& [i, seen] : scores)
    ASSERT_EQ(seen.times, 1) << i;
}

} // namespace
} // namespace lepton::tests
