#include "tests/actors/test_pipeline.hpp"

#include "tests/support/eventually.hpp"

#include <algorithm>

namespace lepton {

using namespace std::chrono_literals;
using tests::finished;
using tests::test_pipeline;

namespace {

std::shared_ptr<tests::source_script> source_of(std::int64_t records, int partitions = 1,
                                                std::int64_t batch = 100) {
  auto script = std::make_shared<tests::source_script>();
  script->records = records;
  script->partitions = partitions;
  script->batch = batch;
  return script;
}

void expect_each_once(tests::sink_script& sink, std::int64_t records, int partitions) {
  const auto seen = sink.seen();
  EXPECT_EQ(static_cast<std::int64_t>(seen.size()), records * partitions);
  EXPECT_TRUE(
      std::all_of(seen.begin(), seen.end(), [](const auto& one) { return one.second == 1; }));
}

void expect_order(tests::sink_script& sink) {
  std::map<std::int64_t, std::int64_t> last;
  for (const auto& [partition, offset] : sink.order) {
    const auto before = last.find(partition);
    if (before != last.end()) {
      ASSERT_LT(before->second, offset) << "partition " << partition;
    }
    last[partition] = offset;
  }
}

} // namespace

TEST(runtime, brings_every_record_to_each_sink_once) {
  auto in = source_of(20'000, 3);
  auto one = std::make_shared<tests::sink_script>();
  auto two = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{2};
  const auto step = pipeline.transform(pipeline.source(in), {});
  pipeline.sink(step, one);
  pipeline.sink(step, two);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.drained);
  expect_each_once(*one, 20'000, 3);
  expect_each_once(*two, 20'000, 3);
  EXPECT_EQ(in->settled_records, 60'000);
  EXPECT_EQ(in->unsettled, 0);
  EXPECT_TRUE(in->closed_drained);
  EXPECT_EQ(in->closed, 1);
  EXPECT_EQ(one->closed, 1);
}

TEST(runtime, keeps_the_order_of_a_partition_with_several_workers) {
  auto in = source_of(5'000, 7, 50);
  auto out = std::make_shared<tests::sink_script>();
  std::atomic<int> turn{0};
  test_pipeline pipeline{3};
  const auto step = pipeline.transform(pipeline.source(in), [&](const core::batch&, int) {
    if (++turn % 5 == 0)
      std::this_thread::sleep_for(1ms); // work that is not equally long
  });
  const auto model = pipeline.transform(step, {}, core::placement::inference);
  pipeline.sink(model, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  expect_each_once(*out, 5'000, 7);
  expect_order(*out);
}

TEST(runtime, never_exceeds_the_credit_of_a_sink) {
  auto in = source_of(20'000);
  auto out = std::make_shared<tests::sink_script>();
  out->hold = 3;
  test_pipeline pipeline{2};
  const auto step = pipeline.transform(pipeline.source(in, false), {});
  pipeline.sink(step, out, pipelines::full_policy::block, {1000, 1 << 20});
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  expect_each_once(*out, 20'000, 1);
  // Each of the two senders has half of the credit, and may go over it by one batch.
  EXPECT_LE(out->most_rows, 1000 + 2 * 100);
  EXPECT_GT(out->most_rows, 100);
}

TEST(runtime, counts_credit_in_bytes_too) {
  auto in = source_of(20'000);
  auto out = std::make_shared<tests::sink_script>();
  out->hold = 3;
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out, pipelines::full_policy::block, {1 << 20, 10'000});
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  expect_each_once(*out, 20'000, 1);
  EXPECT_LE(out->most_bytes, 10'000 + 100 * 16);
}

TEST(runtime, stops_reading_when_a_sink_blocks) {
  auto in = source_of(1'000'000);
  auto out = std::make_shared<tests::sink_script>();
  out->answers = false;
  test_pipeline pipeline{1};
  pipeline.settings().stop_timeout = 100ms;
  pipeline.sink(pipeline.source(in), out, pipelines::full_policy::block, {1000, 1 << 20});
  const auto running = pipeline.start();
  ASSERT_TRUE(tests::eventually(5s, [&] { return out->most_rows >= 1000; }));
  const auto before = in->polled.load();
  EXPECT_FALSE(running->wait_for(200ms).has_value());
  // The sink's credit, the worker's (3 batches), the router's (3) and one batch more at each
  // border.
  EXPECT_LE(in->polled, 1000 + 300 + 300 + 4 * 100);
  EXPECT_LE(in->polled - before, 700);
  running->stop();
  const auto result = finished(*running);
  EXPECT_FALSE(result.drained);
  EXPECT_NE(result.error.find("stop_timeout"), std::string::npos) << result.error;
  EXPECT_FALSE(in->closed_drained);
}

TEST(runtime, keeps_the_rate_of_a_sink_beside_one_that_drops) {
  auto in = source_of(50'000);
  auto good = std::make_shared<tests::sink_script>();
  auto dead = std::make_shared<tests::sink_script>();
  dead->answers = false;
  test_pipeline pipeline{2};
  const auto from = pipeline.source(in);
  pipeline.sink(from, good);
  pipeline.sink(from, dead, pipelines::full_policy::drop_newest, {1000, 1 << 20});
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.drained);
  expect_each_once(*good, 50'000, 1);
  EXPECT_EQ(in->settled_records, 50'000); // what the dead sink holds does not hold up commits
  EXPECT_LE(dead->most_rows, 1000 + 2 * 100);
  std::int64_t dropped = 0;
  for (const auto& entry : running->metrics().snapshot())
    if (entry.which == core::metric::records_dropped)
      dropped += entry.counts->value();
  EXPECT_EQ(dropped, 50'000); // full, or not written when it was closed
}

TEST(runtime, goes_on_beside_a_sink_thread_that_never_returns) {
  auto in = source_of(50'000);
  auto good = std::make_shared<tests::sink_script>();
  auto stuck = std::make_shared<tests::sink_script>();
  stuck->write_gate = std::make_shared<tests::gate>();
  test_pipeline pipeline{1};
  const auto from = pipeline.source(in);
  pipeline.sink(from, good);
  pipeline.sink(from, stuck, pipelines::full_policy::drop_newest, {1000, 1 << 20});
  const auto running = pipeline.start();
  ASSERT_TRUE(tests::eventually(10s, [&] { return in->settled_records == 50'000; }));
  expect_each_once(*good, 50'000, 1);
  stuck->write_gate->open();
  EXPECT_EQ(finished(*running).error, "");
}

TEST(runtime, sends_refused_rows_to_the_error_output) {
  auto in = source_of(10'000);
  auto out = std::make_shared<tests::sink_script>();
  out->refuse_every = 10;
  auto errors = std::make_shared<std::atomic<std::int64_t>>(0);
  test_pipeline pipeline{2};
  const auto sink = pipeline.sink(pipeline.source(in, false), out);
  pipeline.errors_of(sink, errors);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  EXPECT_EQ(out->rows, 9'000);
  EXPECT_EQ(*errors, 1'000);
  EXPECT_EQ(in->settled_records, 10'000);
}

TEST(runtime, stops_at_a_refused_row_where_nobody_takes_errors) {
  auto in = source_of(10'000);
  auto out = std::make_shared<tests::sink_script>();
  out->refuse_every = 1'000;
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_NE(result.error.find("refused"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("on_error"), std::string::npos) << result.error;
  EXPECT_LT(in->settled_records, 10'000);
}

TEST(runtime, drops_refused_rows_on_request) {
  auto in = source_of(10'000);
  auto out = std::make_shared<tests::sink_script>();
  out->refuse_every = 10;
  test_pipeline pipeline{1};
  const auto sink = pipeline.sink(pipeline.source(in), out);
  pipeline.node(sink).on_error = pipelines::error_policy::drop;
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  EXPECT_EQ(out->rows, 9'000);
}

TEST(runtime, makes_one_model_call_of_what_waits) {
  auto in = source_of(10'000, 1, 10);
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{1};
  const auto model =
      pipeline.transform(pipeline.source(in), {}, core::placement::inference, 2ms, 20);
  pipeline.sink(model, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  expect_each_once(*out, 10'000, 1);
  for (const auto& entry : running->metrics().snapshot())
    if (entry.which == core::metric::batch_rows && entry.labels.front().second == "step1") {
      EXPECT_LE(entry.values->count(), 600) << "calls for 1,000 batches";
    }
}

TEST(runtime, does_not_wait_for_more_rows_than_come) {
  auto in = source_of(5);
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{1};
  const auto model =
      pipeline.transform(pipeline.source(in), {}, core::placement::inference, 20ms, 1000);
  pipeline.sink(model, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running, 2s).error, "");
  expect_each_once(*out, 5, 1);
}

TEST(runtime, flushes_sinks_at_the_end_of_the_input) {
  auto in = source_of(1'000);
  auto out = std::make_shared<tests::sink_script>();
  out->hold = 5; // keeps its last batches until it is flushed
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running, 5s).error, "");
  expect_each_once(*out, 1'000, 1);
}

} // namespace lepton
