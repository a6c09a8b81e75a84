#include "tests/actors/test_pipeline.hpp"

#include "tests/support/eventually.hpp"

namespace lepton {

using namespace std::chrono_literals;
using tests::finished;
using tests::test_pipeline;

namespace {

constexpr int times = 100;

struct parts {
  std::shared_ptr<tests::source_script> in = std::make_shared<tests::source_script>();
  std::shared_ptr<tests::sink_script> out = std::make_shared<tests::sink_script>();
  parts() {
    in->records = 1'000'000'000;
    in->partitions = 4;
    in->endless = true;
  }
  std::unique_ptr<actors::runtime> start(core::duration stop_timeout = 30s) {
    test_pipeline pipeline{2};
    pipeline.settings().stop_timeout = stop_timeout;
    const auto step = pipeline.transform(pipeline.source(in), {});
    pipeline.sink(pipeline.transform(step, {}, core::placement::inference), out);
    return pipeline.start({});
  }
  void expect_clean(actors::runtime& running) {
    const auto result = finished(running, 5s);
    EXPECT_EQ(result.error, "");
    EXPECT_TRUE(result.drained);
    EXPECT_EQ(out->rows, in->polled);
    EXPECT_EQ(in->settled_records, in->polled);
    EXPECT_EQ(in->closed, in->opened);
    EXPECT_EQ(out->closed, out->opened);
  }
};

} // namespace

TEST(stop, is_clean_right_after_the_start) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    const auto running = all.start();
    running->stop();
    all.expect_clean(*running);
  }
}

TEST(stop, is_clean_before_the_first_record) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    all.in->silent = true;
    const auto running = all.start();
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.in->opened == 1; }));
    running->stop();
    all.expect_clean(*running);
    EXPECT_EQ(all.in->polled, 0);
  }
}

TEST(stop, is_clean_under_load) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    const auto running = all.start();
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.out->rows > 1'000 + 50 * i; }));
    running->stop();
    all.expect_clean(*running);
  }
}

TEST(stop, is_clean_when_idle_after_work) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    all.in->records = 500;
    const auto running = all.start();
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.in->settled_records == 2'000; }));
    running->stop();
    all.expect_clean(*running);
  }
}

TEST(stop, flushes_a_sink_that_holds_back) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    all.in->records = 100;
    all.out->hold = 4;
    const auto running = all.start();
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.in->polled == 400; }));
    running->stop();
    all.expect_clean(*running);
  }
}

TEST(stop, ends_while_a_source_opens) {
  parts all;
  all.in->open_gate = std::make_shared<tests::gate>();
  const auto running = all.start();
  ASSERT_TRUE(all.in->open_gate->reached());
  running->stop();
  EXPECT_FALSE(running->wait_for(20ms).has_value());
  all.in->open_gate->open();
  all.expect_clean(*running);
}

TEST(stop, ends_while_a_sink_opens) {
  parts all;
  all.out->open_gate = std::make_shared<tests::gate>();
  const auto running = all.start();
  ASSERT_TRUE(all.out->open_gate->reached());
  running->stop();
  all.out->open_gate->open();
  all.expect_clean(*running);
  EXPECT_EQ(all.in->opened, 0);
}

TEST(stop, gives_up_after_its_timeout_when_a_sink_does_not_answer) {
  for (int i = 0; i < 10; ++i) {
    parts all;
    all.out->answers = false;
    const auto running = all.start(50ms);
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.out->most_rows > 0; }));
    running->stop();
    const auto result = finished(*running, 5s);
    EXPECT_FALSE(result.drained);
    EXPECT_NE(result.error.find("stop_timeout (0.05 s)"), std::string::npos) << result.error;
    EXPECT_EQ(all.in->closed, 1);
    EXPECT_FALSE(all.in->closed_drained);
    EXPECT_EQ(all.out->closed, 1);
  }
}

TEST(stop, at_once_does_not_wait_for_a_sink_that_does_not_answer) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    all.out->answers = false;
    const auto running = all.start();
    ASSERT_TRUE(tests::eventually(5s, [&] { return all.out->most_rows > 0; }));
    running->stop();
    running->stop_now();
    const auto result = finished(*running, 5s);
    EXPECT_NE(result.error.find("stopped at once"), std::string::npos) << result.error;
    EXPECT_FALSE(result.drained);
    EXPECT_EQ(all.in->closed, 1);
  }
}

TEST(stop, asked_for_often_is_one_stop) {
  parts all;
  const auto running = all.start();
  ASSERT_TRUE(tests::eventually(5s, [&] { return all.out->rows > 0; }));
  for (int i = 0; i < 50; ++i)
    running->stop();
  all.expect_clean(*running);
  running->stop();
  running->stop_now();
}

TEST(stop, comes_with_the_end_of_the_runtime) {
  for (int i = 0; i < times && !testing::Test::HasFailure(); ++i) {
    parts all;
    auto running = all.start();
    if (i % 2 == 0) {
      ASSERT_TRUE(tests::eventually(5s, [&] { return all.out->rows > 10 * i; }));
    }
    running.reset();
    EXPECT_EQ(all.in->closed, all.in->opened);
    EXPECT_EQ(all.out->closed, all.out->opened);
    EXPECT_EQ(all.in.use_count(), 1); // nothing of the run is left
    EXPECT_EQ(all.out.use_count(), 1);
  }
}

} // namespace lepton
