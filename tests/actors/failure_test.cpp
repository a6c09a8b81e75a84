#include "tests/actors/test_pipeline.hpp"

#include "tests/support/eventually.hpp"

#include <stdexcept>

namespace lepton {

using namespace std::chrono_literals;
using tests::finished;
using tests::test_pipeline;

namespace {

std::shared_ptr<tests::source_script> source_of(std::int64_t records, int partitions) {
  auto script = std::make_shared<tests::source_script>();
  script->records = records;
  script->partitions = partitions;
  return script;
}

bool holds(const core::batch& batch, std::int64_t offset) {
  const auto offsets = batch[1].as<std::int64_t>();
  return std::find(offsets.begin(), offsets.end(), offset) != offsets.end();
}

/// Runs with a worker that throws once, in a segment of kind `where`.
void expect_recovery(core::placement where) {
  auto in = source_of(10'000, 2);
  auto out = std::make_shared<tests::sink_script>();
  std::atomic<bool> thrown{false};
  test_pipeline pipeline{2};
  const auto from = pipeline.source(in);
  const auto step = pipeline.transform(
      from,
      [&](const core::batch& batch, int) {
        if (holds(batch, 4'250) && !thrown.exchange(true))
          throw std::runtime_error{"a bug"};
      },
      where);
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  EXPECT_TRUE(thrown);
  EXPECT_EQ(in->settled_records, 20'000);
  EXPECT_EQ(out->seen().size(), 20'000u); // none is lost
  EXPECT_EQ(out->rows, 20'000);           // and here none was written before its worker ended
}

} // namespace

TEST(failure, replaces_a_worker_and_tries_its_batches_again) {
  expect_recovery(core::placement::fused);
}

TEST(failure, replaces_a_model_worker_and_tries_its_batches_again) {
  expect_recovery(core::placement::inference);
}

TEST(failure, of_four_workers_is_within_the_restart_budget) {
  auto in = source_of(10'000, 4);
  auto out = std::make_shared<tests::sink_script>();
  std::atomic<int> thrown{0};
  test_pipeline pipeline{2};
  pipeline.settings().restart_limit = 4;
  const auto step = pipeline.transform(pipeline.source(in), [&](const core::batch& batch, int) {
    if (holds(batch, 5'000) && thrown.fetch_add(1) < 4)
      throw std::runtime_error{"a bug"};
  });
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  EXPECT_EQ(out->seen().size(), 40'000u);
  EXPECT_EQ(in->settled_records, 40'000);
}

TEST(failure, ends_the_run_when_the_restart_budget_is_spent) {
  auto in = source_of(1'000'000, 8);
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{2};
  pipeline.settings().restart_limit = 2;
  std::atomic<int> calls{0};
  const auto step = pipeline.transform(pipeline.source(in, false), [&](const core::batch&, int) {
    if (++calls % 50 == 0)
      throw std::runtime_error{"a bug"};
  });
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_NE(result.error.find("restart_limit"), std::string::npos) << result.error;
  EXPECT_FALSE(result.drained);
  EXPECT_EQ(in->closed, 1);
}

TEST(failure, names_a_batch_that_ends_every_worker) {
  auto in = source_of(1'000, 1);
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{1};
  pipeline.settings().restart_limit = 100;
  std::atomic<int> met{0};
  const auto step = pipeline.transform(pipeline.source(in), [&](const core::batch& batch, int) {
    if (holds(batch, 250)) {
      ++met;
      throw std::runtime_error{"a bug"};
    }
  });
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_NE(result.error.find("3 times"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("partition 0"), std::string::npos) << result.error;
  EXPECT_EQ(met, 3);
  EXPECT_FALSE(result.drained);
}

TEST(failure, of_a_worker_is_made_good_while_draining) {
  auto in = source_of(5'000, 1);
  in->endless = true;
  auto out = std::make_shared<tests::sink_script>();
  auto gate = std::make_shared<tests::gate>();
  std::atomic<bool> thrown{false};
  test_pipeline pipeline{1};
  const auto step = pipeline.transform(pipeline.source(in), [&](const core::batch& batch, int) {
    if (!holds(batch, 150) || thrown.exchange(true))
      return;
    gate->pass();
    throw std::runtime_error{"a bug"};
  });
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  ASSERT_TRUE(gate->reached());
  running->stop();
  gate->open();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.drained);
  EXPECT_EQ(static_cast<std::int64_t>(out->seen().size()), in->polled);
}

TEST(failure, of_one_worker_to_return_does_not_stop_the_others) {
  auto in = source_of(20'000, 6);
  in->endless = true;
  auto out = std::make_shared<tests::sink_script>();
  auto gate = std::make_shared<tests::gate>();
  std::atomic<bool> stuck{false};
  test_pipeline pipeline{3};
  const auto step = pipeline.transform(pipeline.source(in), [&](const core::batch& batch, int) {
    if (holds(batch, 1'050) && !stuck.exchange(true))
      gate->pass();
  });
  pipeline.sink(step, out);
  const auto running = pipeline.start({.exit_at_end = false, .stuck_after = 200ms});
  ASSERT_TRUE(gate->reached());
  // The stuck worker holds at most its credit (3 batches and one); all else goes through.
  EXPECT_TRUE(tests::eventually(10s, [&] { return out->rows >= 6 * 20'000 - 400; })) << out->rows;
  EXPECT_LT(out->rows, 6 * 20'000);
  gate->open();
  EXPECT_TRUE(tests::eventually(10s, [&] { return out->rows == 6 * 20'000; }));
  running->stop();
  EXPECT_EQ(finished(*running).error, "");
}

TEST(failure, gives_a_slow_worker_less_to_do) {
  auto in = source_of(20'000, 1);
  auto out = std::make_shared<tests::sink_script>();
  std::array<std::atomic<int>, 2> batches{};
  test_pipeline pipeline{2};
  const auto step =
      pipeline.transform(pipeline.source(in, false), [&](const core::batch&, int replica) {
        ++batches[static_cast<std::size_t>(replica)];
        std::this_thread::sleep_for(replica == 0 ? 4ms : 400us);
      });
  pipeline.sink(step, out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "");
  EXPECT_GT(batches[1], 3 * batches[0]);
  EXPECT_GT(batches[0], 0);
}

TEST(failure, to_open_a_sink_ends_the_run_before_anything_is_read) {
  auto in = source_of(1'000, 1);
  auto out = std::make_shared<tests::sink_script>();
  out->fail_open = "no such directory";
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "sink `out1`: no such directory");
  EXPECT_EQ(in->polled, 0);
  EXPECT_EQ(in->opened, 0);
  EXPECT_EQ(in->closed, 0);
}

TEST(failure, to_open_a_source_ends_the_run) {
  auto in = source_of(1'000, 1);
  in->fail_open = "no such topic";
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  EXPECT_EQ(finished(*running).error, "source `in0`: no such topic");
  EXPECT_EQ(out->closed, 1);
}

TEST(failure, of_a_source_ends_the_run) {
  auto in = source_of(1'000'000, 1);
  in->fail_after = 50;
  auto out = std::make_shared<tests::sink_script>();
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "source `in0`: the disk is gone");
  EXPECT_EQ(in->closed, 1);
}

TEST(failure, of_a_sink_ends_the_run) {
  auto in = source_of(1'000'000, 1);
  auto out = std::make_shared<tests::sink_script>();
  out->fail_after = 50;
  test_pipeline pipeline{1};
  pipeline.sink(pipeline.source(in), out);
  const auto running = pipeline.start();
  const auto result = finished(*running);
  EXPECT_EQ(result.error, "sink `out1`: no space left on device");
  EXPECT_FALSE(result.drained);
  EXPECT_LE(in->settled_records, 5'000);
}

} // namespace lepton
