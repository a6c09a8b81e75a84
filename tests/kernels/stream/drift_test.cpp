#include "kernels/stream/adwin.hpp"
#include "kernels/stream/ddm.hpp"
#include "kernels/stream/feature_shift.hpp"
#include "tests/kernels/stream/known_stream.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace lepton::tests {

namespace {

using namespace kernels::stream;

/// 1,500 errors with a chance of 20 %, then as many with 35 %.
bool error_at(int i, known_stream& stream) {
  return stream.next() < (i < 1500 ? 20 : 35);
}

template <class T>
T saved_and_loaded(const T& from, T to) {
  kernels::train::state_writer writer{"TEST", 1};
  from.save(writer);
  const auto bytes = std::move(writer).finish();
  auto reader = kernels::train::state_reader::open(bytes, "TEST", 1, "a test");
  EXPECT_TRUE(reader.ok());
  to.load(*reader);
  EXPECT_TRUE(reader->complete().ok());
  return to;
}

/// The paper's algorithm with nothing kept but the values: all sums are made anew at each check.
class plain_adwin {
public:
  bool add(double value) {
    buckets_.insert(buckets_.begin(), {value});
    for (std::size_t size = 1, count = merged(size); count > 0; count = merged(size))
      size *= 2;
    bool changed = false;
    if (++seen_ % 32 == 0 && width() > 10)
      while (has_cut()) {
        buckets_.pop_back();
        changed = true;
      }
    return changed;
  }
  std::size_t width() const {
    std::size_t sum = 0;
    for (const auto& b : buckets_)
      sum += b.size();
    return sum;
  }

private:
  /// Makes one bucket of the two oldest of that size if there are more than five.
  std::size_t merged(std::size_t size) {
    std::vector<std::size_t> same;
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      if (buckets_[i].size() == size)
        same.push_back(i);
    if (same.size() <= 5)
      return 0;
    auto& older = buckets_[same[5]];
    const auto& newer = buckets_[same[4]];
    older.insert(older.begin(), newer.begin(), newer.end());
    buckets_.erase(buckets_.begin() + static_cast<std::ptrdiff_t>(same[4]));
    return size;
  }
  bool has_cut() const {
    std::vector<double> all; // the newest first
    std::vector<std::size_t> ends;
    for (const auto& b : buckets_) {
      all.insert(all.end(), b.begin(), b.end());
      ends.push_back(all.size());
    }
    const auto n = static_cast<double>(all.size());
    const double mean = std::accumulate(all.begin(), all.end(), 0.0) / n;
    double variance = 0;
    for (const double x : all)
      variance += (x - mean) * (x - mean) / n;
    for (const auto end : ends) {
      const auto n1 = static_cast<double>(end), n0 = n - n1;
      if (n0 < 5 || n1 < 5)
        continue;
      const auto middle = all.begin() + static_cast<std::ptrdiff_t>(end);
      const double apart = std::accumulate(all.begin(), middle, 0.0) / n1 -
                           std::accumulate(middle, all.end(), 0.0) / n0;
      const double d = std::log(2 * std::log(n) / 0.002), m = 1 / (n0 - 4) + 1 / (n1 - 4);
      if (std::abs(apart) > std::sqrt(2 * m * variance * d) + 2.0 / 3 * d * m)
        return true;
    }
    return false;
  }

  std::vector<std::vector<double>> buckets_;
  int seen_ = 0;
};

TEST(adwin, does_what_the_paper_says) {
  adwin detector;
  plain_adwin plain;
  known_stream stream;
  std::vector<int> alarms;
  for (int i = 0; i < 3000; ++i) {
    const double error = error_at(i, stream) ? 1 : 0;
    const bool alarm = detector.add(error);
    ASSERT_EQ(alarm, plain.add(error)) << i;
    ASSERT_EQ(detector.width(), static_cast<std::int64_t>(plain.width())) << i;
    if (alarm)
      alarms.push_back(i);
  }
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms[0], 1663); // as River 0.26.1 for the same stream
}

TEST(adwin, is_quiet_while_nothing_changes) {
  std::mt19937 random{5};
  std::int64_t alarms = 0;
  for (int run = 0; run < 20; ++run) {
    adwin detector;
    for (int i = 0; i < 5000; ++i)
      detector.add(random() % 10 == 0 ? 1 : 0);
    alarms += detector.alarms();
  }
  EXPECT_LE(alarms, 2);
}

TEST(adwin, keeps_the_mean_of_its_window_and_few_buckets) {
  adwin detector{1e-9};
  double sum = 0;
  known_stream stream;
  for (int i = 0; i < 10000; ++i) {
    const double x = stream.next() / 100.0;
    sum += x;
    detector.add(x);
    detector.add(std::numeric_limits<double>::quiet_NaN());
  }
  ASSERT_EQ(detector.width(), 10000);
  EXPECT_NEAR(detector.mean(), sum / 10000, 1e-12);
  EXPECT_NEAR(detector.variance(), 0.0833, 0.002);
}

TEST(adwin, goes_on_from_what_was_saved) {
  adwin whole, first;
  known_stream a, b;
  for (int i = 0; i < 1600; ++i) {
    whole.add(error_at(i, a) ? 1 : 0);
    first.add(error_at(i, b) ? 1 : 0);
  }
  auto second = saved_and_loaded(first, adwin{});
  for (int i = 1600; i < 3000; ++i)
    ASSERT_EQ(second.add(error_at(i, b) ? 1 : 0), whole.add(error_at(i, a) ? 1 : 0)) << i;
  EXPECT_EQ(second.mean(), whole.mean());
}

// The numbers are those of River 0.26.1 for the same stream.
TEST(ddm, sees_a_change_where_river_sees_it) {
  ddm detector;
  known_stream stream;
  std::vector<int> drifts, warnings;
  for (int i = 0; i < 3000; ++i) {
    const auto level = detector.add(error_at(i, stream));
    if (level == drift_level::drift)
      drifts.push_back(i);
    if (level == drift_level::warning)
      warnings.push_back(i);
  }
  EXPECT_EQ(drifts, (std::vector<int>{218, 1650}));
  ASSERT_GE(warnings.size(), 3u);
  EXPECT_EQ((std::vector<int>{warnings.begin(), warnings.begin() + 3}),
            (std::vector<int>{50, 61, 71}));
}

TEST(ddm, goes_on_from_what_was_saved) {
  ddm whole;
  known_stream stream;
  for (int i = 0; i < 1600; ++i)
    whole.add(error_at(i, stream));
  auto second = saved_and_loaded(whole, ddm{});
  for (int i = 1600; i < 3000; ++i) {
    const bool error = error_at(i, stream);
    ASSERT_EQ(second.add(error), whole.add(error));
  }
  EXPECT_EQ(second.drifts(), 2);
}

TEST(feature_shift, measures_what_the_definition_says) {
  const std::int64_t half[] = {50, 50}, quarter[] = {25, 75}, none[] = {0, 0}, empty_bin[] = {0, 9};
  EXPECT_NEAR(stability_index(half, quarter), -0.25 * std::log(0.5) + 0.25 * std::log(1.5), 1e-12);
  EXPECT_EQ(stability_index(half, half), 0);
  EXPECT_EQ(stability_index(half, none), 0);
  EXPECT_NEAR(stability_index(half, empty_bin), (1e-4 - 0.5) * std::log(2e-4) + 0.5 * std::log(2),
              1e-12);
}

TEST(feature_shift, tells_a_shifted_feature_from_a_stable_one) {
  std::mt19937 random{1};
  std::normal_distribution<float> normal;
  feature_shift stable, shifted, missing;
  for (int i = 0; i < 12000; ++i) {
    const bool later = i >= 2000;
    stable.add(normal(random));
    shifted.add(normal(random) + (later ? 1.0f : 0.0f));
    missing.add(later && i % 3 == 0 ? std::numeric_limits<float>::quiet_NaN() : normal(random));
  }
  EXPECT_EQ(stable.count(), 10000);
  EXPECT_LT(stable.index(), 0.02);
  EXPECT_GT(shifted.index(), 0.5);
  EXPECT_GT(missing.index(), 0.5);
  auto again = saved_and_loaded(shifted, feature_shift{});
  EXPECT_EQ(again.index(), shifted.index());
  shifted.restart();
  EXPECT_EQ(shifted.index(), 0);
}

TEST(feature_shift, takes_a_constant_for_stable) {
  feature_shift constant{100};
  for (int i = 0; i < 1000; ++i)
    constant.add(7);
  EXPECT_NEAR(constant.index(), 0, 1e-9);
  for (int i = 0; i < 1000; ++i)
    constant.add(6);
  EXPECT_GT(constant.index(), 1);
}

} // namespace
} // namespace lepton::tests
