#include "pipelines/operators/token_bucket.hpp"
#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

const token_bucket::time_point start{1000s};

} // namespace

TEST(token_bucket, lets_the_burst_pass_and_then_the_rate) {
  token_bucket bucket{100, 50};
  EXPECT_EQ(bucket.take(80, start), 50);
  EXPECT_EQ(bucket.take(80, start), 0);
  EXPECT_EQ(bucket.take(80, start + 100ms), 10);
  EXPECT_EQ(bucket.take(80, start + 10s), 50); // a pause fills it, but not beyond the burst
}

TEST(token_bucket, makes_rows_wait_for_what_was_booked_before) {
  token_bucket bucket{1000, 1};
  EXPECT_EQ(bucket.reserve(100, start), 0ns);
  EXPECT_NEAR(static_cast<double>(bucket.reserve(100, start).count()), 99e6, 1);
  EXPECT_NEAR(static_cast<double>(bucket.reserve(1, start + 150ms).count()), 49e6, 1);
  EXPECT_EQ(bucket.reserve(1, start + 5s), 0ns);
}

TEST(token_bucket, meets_its_rate_over_time) {
  token_bucket bucket{2000, 1};
  auto now = start;
  for (int i = 0; i < 100; ++i)
    now += bucket.reserve(64, now);
  EXPECT_NEAR(std::chrono::duration<double>(now - start).count(), 99 * 64 / 2000.0, 0.01);
}

TEST(token_bucket, takes_slow_rates) {
  token_bucket bucket{0.001, 1};
  EXPECT_EQ(bucket.take(5, start), 1);
  EXPECT_EQ(bucket.take(5, start + 999s), 0);
  EXPECT_EQ(bucket.take(5, start + 1000s), 1);
}

TEST(throttle, drops_what_is_beyond_the_burst_over_all_replicas) {
  const auto input = table{}.add("a", "int64", {1, 2, 3});
  tested_operator op{"type: throttle, rate: 0.001, burst: 4, when_over: drop", input};
  const auto one = op.make();
  const auto two = op.make();
  collected out;
  one->process(input.batch(), out);
  two->process(input.batch(), out);
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=1", "a=2", "a=3", "a=1"));
  EXPECT_EQ(out.dropped.at("throttled"), 2);
  EXPECT_EQ(one->hold(), 0ns);
  EXPECT_EQ(op.bound().where, core::placement::fused);
}

TEST(throttle, holds_rows_back_over_all_replicas) {
  const auto input = table{}.add("a", "int64", {1, 2, 3});
  tested_operator op{"type: throttle, rate: 0.001, burst: 1", input};
  const auto one = op.make();
  const auto two = op.make();
  collected out;
  one->process(input.batch(), out);
  EXPECT_EQ(one->hold(), 0ns);
  two->process(input.batch(), out);
  EXPECT_GT(two->hold(), 1900s);
  EXPECT_LE(two->hold(), 2000s);
  EXPECT_EQ(out.rows.at(0).size(), 6U);
  EXPECT_TRUE(out.dropped.empty());
  EXPECT_EQ(op.bound().where, core::placement::alone);
}

TEST(throttle, reports_rates_that_make_no_sense) {
  const auto input = table{}.add("a", "int64", {1});
  EXPECT_THAT(operator_findings("type: throttle, rate: 0", input), HasSubstr("must be at least"));
  EXPECT_THAT(operator_findings("type: throttle", input), HasSubstr("needs 'rate'"));
  EXPECT_THAT(operator_findings("type: throttle, rate: 5, when_over: wait", input),
              HasSubstr("cannot be"));
}

} // namespace lepton::pipelines::testing
