#include "kernels/stream/progressive_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace lepton::tests {

namespace {

using kernels::stream::progressive_metrics;

struct scored {
  double score;
  bool positive;
};

/// Scores as a model for rare events gives them: most close to 0.
std::vector<scored> rare_events(std::size_t count, std::uint32_t seed = 1) {
  std::mt19937 random{seed};
  std::normal_distribution<double> normal;
  std::vector<scored> all;
  for (std::size_t i = 0; i < count; ++i) {
    const bool positive = random() % 50 == 0;
    all.push_back({1 / (1 + std::exp(5 - (positive ? 2.5 : 0) - 1.5 * normal(random))), positive});
  }
  return all;
}

double exact_auc(const std::vector<scored>& all) {
  double won = 0, pairs = 0;
  for (const auto& p : all)
    for (const auto& n : all)
      if (p.positive && !n.positive) {
        won += p.score > n.score ? 1 : p.score == n.score ? 0.5 : 0;
        ++pairs;
      }
  return won / pairs;
}

double exact_average_precision(std::vector<scored> all) {
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.score > b.score; });
  double hits = 0, sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].positive)
      sum += ++hits / static_cast<double>(i + 1);
  return sum / hits;
}

TEST(progressive_metrics, are_those_of_the_definitions) {
  const auto all = rare_events(6000);
  progressive_metrics m;
  double loss = 0;
  for (const auto& s : all) {
    m.add(s.score, s.positive);
    loss -= std::log(s.positive ? s.score : 1 - s.score);
  }
  EXPECT_LT(m.auc_uncertainty(), 1e-3);
  EXPECT_NEAR(m.auc(), exact_auc(all), m.auc_uncertainty());
  EXPECT_NEAR(m.pr_auc(), exact_average_precision(all), 0.01);
  EXPECT_NEAR(m.log_loss(), loss / 6000, 1e-9);
  EXPECT_EQ(m.rows(), 6000);
}

TEST(progressive_metrics, find_the_recall_at_a_rate_of_alerts) {
  auto all = rare_events(20000);
  progressive_metrics m;
  for (const auto& s : all)
    m.add(s.score, s.positive);
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.score > b.score; });
  double hits = 0, positives = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    positives += all[i].positive;
    hits += i < 100 && all[i].positive;
  }
  EXPECT_NEAR(m.recall_at(0.005), hits / positives, 0.005);
  EXPECT_NEAR(m.threshold_at(0.005), all[99].score, 0.01);
  EXPECT_NEAR(m.recall_at(1), 1, 1e-12);
}

TEST(progressive_metrics, know_small_cases_by_heart) {
  progressive_metrics m;
  EXPECT_EQ(m.auc(), 0.5);
  EXPECT_EQ(m.pr_auc(), 0);
  EXPECT_EQ(m.log_loss(), 0);
  m.add(0.9, true);
  m.add(0.5, false);
  m.add(0.5, true);
  m.add(0.1, false);
  EXPECT_NEAR(m.auc(), 3.5 / 4, 1e-12);
  EXPECT_NEAR(m.pr_auc(), (1 + 2.0 / 3) / 2, 1e-12);
  EXPECT_NEAR(m.recall_at(0.25), 0.5, 1e-12);
  EXPECT_NEAR(m.log_loss(), -(2 * std::log(0.9) + 2 * std::log(0.5)) / 4, 1e-12);
  m.add(0, false);
  m.add(1, true);
  EXPECT_EQ(m.refused(), 0);
  m.add(std::numeric_limits<double>::quiet_NaN(), true);
  m.add(1.5, true);
  EXPECT_EQ(m.refused(), 2);
  EXPECT_EQ(m.rows(), 6);
}

TEST(progressive_metrics, forget_with_a_decay) {
  progressive_metrics forgets{0.99}, keeps;
  for (int i = 0; i < 40000; ++i) { // long enough for the unit to be renewed several times
    const bool good = i >= 39000;
    for (auto* m : {&forgets, &keeps})
      m->add(good == (i % 2 == 0) ? 0.8 : 0.2, i % 2 == 0);
  }
  EXPECT_GT(forgets.auc(), 0.999);
  EXPECT_LT(keeps.auc(), 0.1);
  EXPECT_NEAR(forgets.log_loss(), -std::log(0.8), 1e-3);
}

TEST(progressive_metrics, go_on_from_what_was_saved) {
  progressive_metrics m{0.999}, again{0.999};
  for (const auto& s : rare_events(500))
    m.add(s.score, s.positive);
  kernels::train::state_writer writer{"TEST", 1};
  m.save(writer);
  const auto bytes = std::move(writer).finish();
  auto reader = kernels::train::state_reader::open(bytes, "TEST", 1, "a test");
  again.load(*reader);
  ASSERT_TRUE(reader->complete().ok());
  for (const auto& s : rare_events(500, 2)) {
    m.add(s.score, s.positive);
    again.add(s.score, s.positive);
  }
  EXPECT_EQ(again.auc(), m.auc());
  EXPECT_EQ(again.log_loss(), m.log_loss());
}

} // namespace
} // namespace lepton::tests
