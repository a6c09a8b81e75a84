#include "kernels/train/early_stopping.hpp"
#include "tests/kernels/train/train_fixture.hpp"

#include <limits>

namespace lepton::tests {

namespace {

using namespace kernels::train;

/// FTRL-proximal as its paper writes it, in double, for a linear model without hidden layers.
/// Starts from weights that are not zero.
struct ftrl_reference {
  std::vector<double> w, z, n;
  double alpha, beta, l1, l2;

  void start() {
    z.resize(w.size());
    n.assign(w.size(), 0);
    for (std::size_t i = 0; i < w.size(); ++i)
      z[i] = -w[i] * (beta / alpha + l2) - (w[i] > 0 ? l1 : -l1);
  }
  void step(const std::vector<double>& g) {
    for (std::size_t i = 0; i < w.size(); ++i) {
      z[i] += g[i] - (std::sqrt(n[i] + g[i] * g[i]) - std::sqrt(n[i])) / alpha * w[i];
      n[i] += g[i] * g[i];
      w[i] = std::abs(z[i]) <= l1
                 ? 0
                 : -(z[i] - std::copysign(l1, z[i])) / ((beta + std::sqrt(n[i])) / alpha + l2);
    }
  }
};

TEST(ftrl, follows_the_paper_on_every_target) {
  for (const auto& target : train_targets()) {
    auto spec = mlp_spec({5, 1});
    spec.optimiser.kind = optimiser::ftrl;
    spec.optimiser.rate = 0.3f;
    spec.optimiser.l1 = 0.05f;
    spec.optimiser.l2 = 0.02f;
    const auto model = make_learner(spec, target);
    const auto all = model->values();
    ftrl_reference reference{
        {all[0][0].data.begin(), all[0][0].data.end()}, {}, {}, 0.3, 1, 0.05, 0.02};
    reference.w.push_back(static_cast<double>(all[0][1].data[0]));
    reference.start();
    for (std::uint32_t i = 0; i < 60; ++i) {
      const random_rows rows{*model, 4, i};
      std::vector<double> g(6, 0.0);
      for (std::size_t r = 0; r < 4; ++r) {
        double sum = reference.w[5];
        for (std::size_t c = 0; c < 5; ++c)
          sum += reference.w[c] * static_cast<double>(rows.features[5 * r + c]);
        const double slope = (1 / (1 + std::exp(-sum)) - static_cast<double>(rows.labels[r])) / 4;
        for (std::size_t c = 0; c < 5; ++c)
          g[c] += slope * static_cast<double>(rows.features[5 * r + c]);
        g[5] += slope;
      }
      reference.step(g);
      learned_loss(*model, rows);
    }
    const auto learned = model->values();
    for (std::size_t c = 0; c < 5; ++c)
      EXPECT_NEAR(static_cast<double>(learned[0][0].data[c]), reference.w[c], 1e-5) << target;
    EXPECT_NEAR(static_cast<double>(learned[0][1].data[0]), reference.w[5], 1e-5) << target;
  }
}

TEST(early_stopping, stops_when_the_loss_has_not_fallen_for_a_while) {
  early_stopping stop{2, 0.1};
  EXPECT_TRUE(stop.improved(5));
  EXPECT_TRUE(stop.improved(4));
  EXPECT_FALSE(stop.improved(3.95)); // not enough
  EXPECT_FALSE(stop.should_stop());
  EXPECT_FALSE(stop.improved(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(stop.should_stop());
  EXPECT_EQ(stop.best(), 4);
  EXPECT_EQ(stop.best_at(), 1);
  EXPECT_TRUE(stop.improved(1));
  EXPECT_FALSE(stop.should_stop());
}

} // namespace
} // namespace lepton::tests
