#include "kernels/stream/online_network.hpp"

#include "kernels/stream/progressive_metrics.hpp"
#include "tests/kernels/native_scores.hpp"
#include "tests/kernels/train/train_fixture.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace lepton::tests {

namespace {

using namespace kernels::stream;
using kernels::train::step_outcome;

std::unique_ptr<online_network> make(const network_spec& spec, const online_options& options) {
  auto made = online_network::make(spec, options);
  if (!made) {
    ADD_FAILURE() << made.error().message();
    std::abort();
  }
  return std::move(*made);
}

network_spec small_spec() {
  auto spec = mlp_spec({4, 16, 1});
  spec.optimiser.rate = 0.01f;
  spec.max_batch = 64;
  return spec;
}

online_options with_replay() {
  online_options options;
  options.replay_capacity = 500;
  return options;
}

/// 2 % positives, in features of very different sizes; the rule turns over half way.
struct drifting_rows {
  explicit drifting_rows(std::int64_t count, bool turns = false) {
    std::mt19937 random{9};
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool positive = random() % 50 == 0;
      const float sign = turns && i >= count / 2 ? -1.0f : 1.0f;
      const float away = positive ? sign * 1.5f : 0;
      for (const float v : {1e4f + 1e3f * (normal(random) + away), 0.01f * normal(random),
                            normal(random) - away, 50 * normal(random)})
        x.push_back(v);
      labels.push_back(positive ? 1.0f : 0.0f);
    }
  }

  std::vector<float> x, labels;
};

double auc_over(online_network& model, const drifting_rows& rows, std::int64_t from) {
  progressive_metrics m;
  const auto count = static_cast<std::int64_t>(rows.labels.size());
  std::vector<float> y(rows.labels.size());
  EXPECT_TRUE(model.learn(rows.x.data(), rows.labels.data(), count, y.data()));
  for (auto i = static_cast<std::size_t>(from); i < y.size(); ++i)
    m.add(static_cast<double>(y[i]), rows.labels[i] == 1);
  return m.auc();
}

TEST(online_network, learns_rare_rows_and_follows_a_rule_that_turns) {
  const auto model = make(small_spec(), with_replay());
  EXPECT_GT(auc_over(*model, drifting_rows{10000}, 5000), 0.85);
  EXPECT_EQ(model->refused_steps(), 0);
  const auto turning = make(small_spec(), with_replay());
  EXPECT_GT(auc_over(*turning, drifting_rows(20000, true), 15000), 0.8);
}

TEST(online_network, scores_before_it_learns) {
  const auto model = make(small_spec(), with_replay()), other = make(small_spec(), with_replay());
  const drifting_rows rows{100};
  ASSERT_TRUE(model->learn(rows.x.data(), rows.labels.data(), 60, nullptr));
  ASSERT_TRUE(other->learn(rows.x.data(), rows.labels.data(), 60, nullptr));
  std::vector<float> before(20), during(20);
  model->score(rows.x.data() + 240, 20, before.data());
  ASSERT_TRUE(other->learn(rows.x.data() + 240, rows.labels.data() + 60, 20, during.data()));
  EXPECT_EQ(before, during);
}

TEST(online_network, goes_on_from_a_snapshot_to_the_last_bit) {
  for (const auto keep : {retention::newest, retention::reservoir}) {
    auto options = with_replay();
    options.keep = keep;
    options.replay_capacity = 40;
    options.scale_memory = 100;
    const auto whole = make(small_spec(), options), first = make(small_spec(), options),
               second = make(small_spec(), options);
    const drifting_rows rows{3200};
    for (std::int64_t at = 0; at < 3200; at += 64) {
      const auto* x = rows.x.data() + 4 * at;
      const auto* labels = rows.labels.data() + at;
      ASSERT_TRUE(whole->learn(x, labels, 64, nullptr));
      if (at == 1600) {
        ASSERT_TRUE(second->restore(first->snapshot()));
      }
      ASSERT_TRUE((at < 1600 ? first : second)->learn(x, labels, 64, nullptr));
    }
    EXPECT_EQ(second->snapshot(), whole->snapshot());
  }
}

TEST(online_network, refuses_a_damaged_snapshot_and_stays_as_it_was) {
  const auto model = make(small_spec(), with_replay());
  const drifting_rows rows{200};
  ASSERT_TRUE(model->learn(rows.x.data(), rows.labels.data(), 200, nullptr));
  const auto good = model->snapshot();
  for (std::size_t at = 0; at < good.size(); at += good.size() / 31) {
    auto bad = good;
    bad[at] ^= 16;
    EXPECT_FALSE(model->restore(bad));
    bad = good;
    bad.resize(at);
    EXPECT_FALSE(model->restore(bad));
  }
  EXPECT_EQ(model->snapshot(), good);
}

TEST(online_network, counts_steps_that_it_refused_and_does_not_keep_their_bad_rows) {
  const auto model = make(small_spec(), with_replay());
  drifting_rows rows{640};
  rows.x[4 * 100] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(model->learn(rows.x.data(), rows.labels.data(), 640, nullptr));
  EXPECT_EQ(model->refused_steps(), 1);
  EXPECT_TRUE(std::isfinite(model->model().weights()[0]));
}

TEST(online_network, exports_itself_with_its_scaler) {
  const auto model = make(small_spec(), with_replay());
  const drifting_rows rows{2000};
  ASSERT_TRUE(model->learn(rows.x.data(), rows.labels.data(), 2000, nullptr));
  std::vector<float> y(200);
  model->score(rows.x.data(), 200, y.data());
  const auto file = model->export_onnx();
  ASSERT_TRUE(file.ok()) << file.error().message();
  expect_near(native_scores({file->begin(), file->end()}, {rows.x.begin(), rows.x.begin() + 800}),
              y, 1e-5f);
}

TEST(online_network, gives_probabilities_of_classes) {
  auto spec = mlp_spec({4, 8, 3}, loss_function::cross_entropy);
  const auto model = make(spec, with_replay());
  const drifting_rows rows{50};
  std::vector<float> y(150);
  ASSERT_TRUE(model->learn(rows.x.data(), rows.labels.data(), 50, nullptr));
  model->score(rows.x.data(), 50, y.data());
  for (std::size_t r = 0; r < 50; ++r)
    ASSERT_NEAR(y[3 * r] + y[3 * r + 1] + y[3 * r + 2], 1, 1e-5f);
}

TEST(online_network, is_not_moved_by_a_label_that_makes_no_sense) {
  const auto model = make(small_spec(), with_replay());
  drifting_rows rows{30};
  rows.labels[29] = 2;
  const auto before = model->snapshot();
  EXPECT_FALSE(model->learn(rows.x.data(), rows.labels.data(), 30, nullptr));
  EXPECT_EQ(model->snapshot(), before);
}

TEST(online_network, refuses_what_it_cannot_do) {
  const auto error_of = [](const network_spec& spec, const online_options& options) {
    const auto made = online_network::make(spec, options);
    return made ? std::string{} : made.error().message();
  };
  EXPECT_THAT(error_of(mlp_spec({4, 1}, loss_function::mean_squared_error), {}),
              testing::HasSubstr("loss over classes"));
  online_options options;
  options.replay_share = 1;
  EXPECT_THAT(error_of(small_spec(), options), testing::HasSubstr("share must be in [0, 1)"));
  auto categories = small_spec();
  categories.layers.insert(categories.layers.begin(), kernels::train::embedding({{0, 5, 2}}));
  EXPECT_THAT(error_of(categories, {}), testing::HasSubstr("scale the numbers of categories"));
}

TEST(replay_buffer, keeps_the_newest_rows_of_each_class) {
  replay_buffer buffer{1, 2, 20};
  for (int i = 0; i < 1000; ++i) {
    const auto x = static_cast<float>(i);
    buffer.add(&x, i % 100 == 0 ? 1 : 0);
  }
  EXPECT_EQ(buffer.size_of(0), 10);
  EXPECT_EQ(buffer.size_of(1), 10);
  std::vector<float> x(4000), labels(4000), weights(4000);
  ASSERT_TRUE(buffer.draw(4000, 1, 1, x.data(), labels.data(), weights.data()));
  double ones = 0, weight = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(labels[i] == 1 ? std::fmod(x[i], 100) == 0 : x[i] >= 989) << x[i];
    ones += static_cast<double>(labels[i]);
    weight += static_cast<double>(labels[i] * weights[i]);
  }
  EXPECT_NEAR(ones / 4000, 0.5, 0.03);
  EXPECT_NEAR(weight / 4000, 0.01, 0.001); // what the balance did is undone by the weights
}

TEST(replay_buffer, keeps_an_even_sample_with_reservoir) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    replay_buffer buffer{1, 1, 20, retention::reservoir, seed};
    for (int i = 0; i < 1000; ++i) {
      const auto x = static_cast<float>(i);
      buffer.add(&x, 0);
    }
    std::vector<float> x(100), labels(100), weights(100);
    ASSERT_TRUE(buffer.draw(100, 1, 0, x.data(), labels.data(), weights.data()));
    for (const float v : x)
      sum += static_cast<double>(v);
  }
  EXPECT_NEAR(sum / 5000, 500, 40);
}

TEST(replay_buffer, draws_nothing_when_empty) {
  replay_buffer buffer{1, 2, 20};
  float x = 5, label = 0, weight = 0;
  EXPECT_FALSE(buffer.draw(1, 1, 1, &x, &label, &weight));
  buffer.add(&x, 7); // no such class
  EXPECT_EQ(buffer.size(), 0);
}

TEST(running_scaler, has_the_mean_and_variance_of_what_it_saw) {
  running_scaler scaler{3};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float x[] = {1, 1e6f + 1, 5, 2, 1e6f + 2, nan, 3, 1e6f + 3, 5, 6, 1e6f + 6, 5};
  scaler.learn(x, 4);
  float y[3];
  scaler.apply(x, 1, y);
  const float expected = (1 - 3.0f) / std::sqrt(3.5f);
  EXPECT_NEAR(y[0], expected, 1e-6f);
  EXPECT_NEAR(y[1], expected, 1e-6f);
  EXPECT_EQ(y[2], 0);
}

TEST(running_scaler, follows_a_stream_that_changes_with_a_memory) {
  running_scaler scaler{1, 100};
  std::mt19937 random{2};
  std::normal_distribution<float> normal;
  for (int i = 0; i < 5000; ++i) {
    const float x = i < 4000 ? normal(random) : 100 + 5 * normal(random);
    scaler.learn(&x, 1);
  }
  EXPECT_NEAR(scaler.center()[0], 100, 2);
  EXPECT_NEAR(1 / scaler.scale()[0], 5, 1.5);
}

} // namespace
} // namespace lepton::tests
