#include "pipelines/error_limiter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

namespace {

std::vector<core::row_error> failed(std::initializer_list<std::int32_t> rows) {
  std::vector<core::row_error> out;
  for (const auto row : rows)
    out.push_back({row, "bad"});
  return out;
}

} // namespace

TEST(error_limiter, has_no_limits_unless_it_is_told) {
  error_limiter limiter{error_limit{}};
  EXPECT_FALSE(limiter.active());
  EXPECT_FALSE(limiter.observe(3, failed({0, 1, 2})));
}

TEST(error_limiter, counts_failures_in_a_row_across_batches) {
  error_limiter limiter{{.in_a_row = 4}};
  EXPECT_FALSE(limiter.observe(5, failed({1, 3, 4})));
  EXPECT_FALSE(limiter.observe(3, failed({0})));
  EXPECT_FALSE(limiter.observe(3, failed({0, 1, 2})));
  EXPECT_EQ(*limiter.observe(2, failed({0})),
            "4 records in a row failed (error_limit.in_a_row is 4)");
}

TEST(error_limiter, watches_the_share_of_the_last_rows) {
  error_limiter limiter{{.share = 0.2, .of_last = 10}};
  EXPECT_FALSE(limiter.observe(5, failed({0, 1, 2}))); // too few rows to judge
  EXPECT_THAT(*limiter.observe(5, failed({})),
              ::testing::HasSubstr("3 of the last 10 records failed"));
  error_limiter patient{{.share = 0.2, .of_last = 10}};
  EXPECT_FALSE(patient.observe(10, failed({0, 1})));
  EXPECT_FALSE(patient.observe(10, failed({})));
  EXPECT_FALSE(patient.observe(10, failed({4, 5})));
  EXPECT_TRUE(patient.observe(10, failed({1, 2, 3})));
}

} // namespace lepton::pipelines::testing
