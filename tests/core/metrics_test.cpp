#include "core/metrics.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

namespace lepton {

using core::histogram;
using core::metric;

TEST(metrics, have_a_name_and_a_text_each) {
  std::set<std::string> names;
  for (int i = 0; i < static_cast<int>(metric::count_); ++i) {
    const auto& one = info(static_cast<metric>(i));
    ASSERT_NE(one.name, nullptr) << i;
    ASSERT_NE(one.help, nullptr) << i;
    EXPECT_TRUE(std::string{one.name}.starts_with("lepton_"));
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    if (one.kind == core::metric_kind::counter) {
      EXPECT_TRUE(std::string{one.name}.ends_with("_total")) << one.name;
    }
  }
}

TEST(metrics, give_the_same_object_for_the_same_labels) {
  core::metrics_registry registry;
  auto& one = registry.counter(metric::records_in, {{"component", "a"}});
  auto& other = registry.counter(metric::records_in, {{"component", "b"}});
  EXPECT_NE(&one, &other);
  for (int i = 0; i < 100; ++i) // pointers stay valid while others are made
    registry.gauge(metric::queue_records, {{"component", std::to_string(i)}});
  EXPECT_EQ(&registry.counter(metric::records_in, {{"component", "a"}}), &one);
  EXPECT_EQ(registry.snapshot().size(), 102u);
}

TEST(histogram, has_buckets_that_touch_and_do_not_overlap) {
  for (int i = 1; i < histogram::bucket_count; ++i)
    ASSERT_LE(histogram::upper_bound(i - 1), histogram::upper_bound(i)) << i;
  for (std::int64_t value = 0; value < 100'000; ++value) {
    histogram one;
    one.record(value);
    const auto bound = one.quantile(1.0);
    ASSERT_GE(bound, value);
    ASSERT_LE(static_cast<double>(bound), 1.125 * static_cast<double>(value)) << value;
  }
}

TEST(histogram, keeps_its_error_up_to_the_largest_values) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (1 + random() % 60));
    histogram one;
    one.record(value);
    const auto bound = one.quantile(0.5);
    ASSERT_GE(bound, value);
    ASSERT_LE(static_cast<double>(bound), 1.125 * static_cast<double>(value) + 1) << value;
  }
  histogram most;
  most.record(INT64_MAX);
  EXPECT_EQ(most.quantile(0.99), INT64_MAX);
}

TEST(histogram, finds_quantiles) {
  histogram all;
  EXPECT_EQ(all.quantile(0.5), 0);
  for (std::int64_t i = 1; i <= 1000; ++i)
    all.record(i * 1000);
  EXPECT_EQ(all.count(), 1000);
  EXPECT_EQ(all.sum(), 500'500'000);
  EXPECT_NEAR(static_cast<double>(all.quantile(0.5)), 500e3, 0.125 * 500e3);
  EXPECT_NEAR(static_cast<double>(all.quantile(0.99)), 990e3, 0.125 * 990e3);
  histogram weighted;
  weighted.record(10, 99);
  weighted.record(1'000'000, 1);
  EXPECT_LT(weighted.quantile(0.99), 12);
  EXPECT_GE(weighted.quantile(0.995), 1'000'000);
}

TEST(histogram, counts_negative_values_as_zero) {
  histogram one;
  one.record(-5);
  EXPECT_EQ(one.bucket(0), 1);
  EXPECT_EQ(one.sum(), 0);
}

TEST(metrics, count_from_several_threads) {
  core::metrics_registry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        registry.counter(metric::records_in, {{"component", "a"}}).add();
        registry.histogram(metric::batch_rows, {{"component", "a"}}).record(i);
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(registry.counter(metric::records_in, {{"component", "a"}}).value(), 40'000);
  EXPECT_EQ(registry.histogram(metric::batch_rows, {{"component", "a"}}).count(), 40'000);
}

} // namespace lepton
