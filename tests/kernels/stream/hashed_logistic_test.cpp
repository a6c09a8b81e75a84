#include "kernels/stream/hashed_logistic.hpp"

#include "kernels/stream/progressive_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace lepton::tests {

namespace {

using namespace kernels::stream;

hashed_logistic make(const logistic_options& options) {
  auto made = hashed_logistic::make(options);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

/// The algorithm as its paper writes it, in double, for three features.
struct by_the_paper {
  double z[3] = {}, n[3] = {};
  logistic_options o;

  double weight(int i) const {
    const double l1 = static_cast<double>(o.l1), alpha = static_cast<double>(o.alpha);
    if (std::abs(z[i]) <= l1)
      return 0;
    return -(z[i] - std::copysign(l1, z[i])) /
           ((static_cast<double>(o.beta) + std::sqrt(n[i])) / alpha + static_cast<double>(o.l2));
  }
  double learn(const float* x, bool y) {
    double sum = 0, w[3];
    for (int i = 0; i < 3; ++i)
      sum += (w[i] = weight(i)) * static_cast<double>(x[i]);
    const double p = 1 / (1 + std::exp(-sum));
    for (int i = 0; i < 3; ++i) {
      const double g = (p - y) * static_cast<double>(x[i]);
      const double sigma =
          (std::sqrt(n[i] + g * g) - std::sqrt(n[i])) / static_cast<double>(o.alpha);
      z[i] += g - sigma * w[i];
      n[i] += g * g;
    }
    return p;
  }
};

TEST(hashed_logistic, follows_the_paper) {
  for (const float l1 : {0.0f, 0.5f}) {
    const logistic_options options{12, 0.2f, 1, l1, 0.1f};
    auto model = make(options);
    by_the_paper reference;
    reference.o = options;
    std::mt19937 random{4};
    std::normal_distribution<float> normal;
    for (int i = 0; i < 500; ++i) {
      const float x[] = {normal(random), normal(random), 1};
      const bool y = x[0] > 0.3f * normal(random);
      const hashed_feature row[] = {
          {model.place(0), x[0]}, {model.place(1), x[1]}, {model.place(2), x[2]}};
      ASSERT_NEAR(model.learn(row, y), reference.learn(x, y), 2e-5) << i;
    }
  }
}

/// A stream in which some of many categories make the label likely.
double auc_of_categories(hashed_logistic& model, int rows, int from = 0) {
  progressive_metrics m;
  for (int i = from; i < from + rows; ++i) {
    std::mt19937 random{static_cast<std::uint32_t>(i)};
    const auto shop = random() % 2000;
    const bool label = random() % 100 < (shop % 7 == 0 ? 40u : 2u);
    const hashed_feature row[] = {model.bias(), {model.place(1, "shop" + std::to_string(shop)), 1}};
    m.add(model.learn(row, label), label);
  }
  return m.auc();
}

TEST(hashed_logistic, learns_categories) {
  auto model = make({});
  auc_of_categories(model, 60000);
  EXPECT_GT(auc_of_categories(model, 20000, 60000), 0.8);
  EXPECT_LE(model.used_weights(), 2001u);
}

TEST(hashed_logistic, sets_weights_to_zero_with_l1) {
  auto model = make({18, 0.1f, 1, 2, 0});
  auc_of_categories(model, 20000);
  EXPECT_LT(model.used_weights(), 600u);
  EXPECT_GT(model.used_weights(), 0u);
}

TEST(hashed_logistic, follows_a_rule_that_turns_with_a_memory) {
  const auto auc_after_turn = [](float memory) {
    auto model = make({12, 0.1f, 1, 0, 0, memory});
    std::mt19937 random{6};
    std::normal_distribution<float> normal;
    progressive_metrics m;
    for (int i = 0; i < 22000; ++i) {
      const float x = normal(random);
      const bool label = (i < 20000 ? x : -x) + normal(random) > 1;
      const hashed_feature row[] = {model.bias(), {model.place(0), x}};
      const double score = model.learn(row, label);
      if (i >= 20000)
        m.add(score, label);
    }
    return m.auc();
  };
  EXPECT_GT(auc_after_turn(200), auc_after_turn(0) + 0.1);
}

TEST(hashed_logistic, goes_on_from_a_snapshot_to_the_last_bit) {
  auto whole = make({}), first = make({}), second = make({});
  auc_of_categories(whole, 3000);
  auc_of_categories(first, 1500);
  ASSERT_TRUE(second.restore(first.snapshot()).ok());
  auc_of_categories(second, 1500, 1500);
  EXPECT_EQ(second.snapshot(), whole.snapshot());
}

TEST(hashed_logistic, refuses_snapshots_of_another_size_and_damaged_ones) {
  auto small = make({10, 0.1f, 1, 0, 0}), large = make({});
  EXPECT_FALSE(large.restore(small.snapshot()).ok());
  auto bytes = small.snapshot();
  bytes[bytes.size() / 2] ^= 4;
  EXPECT_FALSE(small.restore(bytes).ok());
}

TEST(hashed_logistic, stays_finite_whatever_comes) {
  auto model = make({});
  for (const float x : {std::numeric_limits<float>::quiet_NaN(),
                        std::numeric_limits<float>::infinity(), 3e38f, -3e38f, 1e-40f}) {
    const hashed_feature row[] = {model.bias(), {model.place(0), x}};
    for (int i = 0; i < 20; ++i)
      model.learn(row, i % 2 == 0, x);
  }
  const hashed_feature row[] = {model.bias(), {model.place(0), 1}};
  EXPECT_TRUE(std::isfinite(model.predict(row)));
}

TEST(hashed_logistic, refuses_options_out_of_range) {
  EXPECT_FALSE(hashed_logistic::make({40, 0.1f, 1, 0, 0}).ok());
  EXPECT_FALSE(hashed_logistic::make({18, 0, 1, 0, 0}).ok());
  EXPECT_FALSE(hashed_logistic::make({18, 0.1f, 1, -1, 0}).ok());
}

} // namespace
} // namespace lepton::tests
