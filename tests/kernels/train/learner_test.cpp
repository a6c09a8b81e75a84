#include "tests/kernels/train/train_fixture.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <limits>

namespace lepton::tests {

namespace {

using namespace kernels::train;
using testing::HasSubstr;

/// A network with everything that has a state: moments, running means, random numbers.
network_spec full_spec(optimiser kind) {
  network_spec spec;
  spec.width = 12;
  spec.layers = {dense(20), layer(layer_type::batch_norm), layer(layer_type::relu), dropout(0.3f),
                 dense(3)};
  spec.loss.kind = loss_function::cross_entropy;
  spec.optimiser.kind = kind;
  spec.optimiser.rate = 0.01f;
  spec.optimiser.momentum = kind == optimiser::sgd ? 0.9f : 0;
  spec.optimiser.l1 = 1e-4f;
  spec.schedule = {schedule_spec::shape::cosine, 5, 1, 0.1f, 100, 0.1f};
  spec.clip_norm = 1;
  return spec;
}

constexpr optimiser all_optimisers[] = {optimiser::sgd, optimiser::adam, optimiser::adamw,
                                        optimiser::adagrad, optimiser::ftrl};

void learn(learner& model, int from, int to) {
  for (int i = from; i < to; ++i)
    learned_loss(model, random_rows{model, 8 + i % 5, static_cast<std::uint32_t>(i)});
}

std::vector<float> weights_of(learner& model) {
  return {model.weights().begin(), model.weights().end()};
}

TEST(learner, goes_on_from_a_snapshot_to_the_last_bit) {
  for (const auto& target : train_targets())
    for (const auto kind : all_optimisers) {
      const auto whole = make_learner(full_spec(kind), target);
      learn(*whole, 0, 100);
      const auto first = make_learner(full_spec(kind), target);
      learn(*first, 0, 50);
      auto spec = full_spec(kind);
      spec.seed = 99; // what it starts from must not matter
      const auto second = make_learner(spec, target);
      ASSERT_TRUE(second->restore(first->snapshot()));
      EXPECT_EQ(second->steps(), 50);
      learn(*second, 50, 100);
      EXPECT_EQ(second->snapshot(), whole->snapshot()) << target;
      EXPECT_EQ(weights_of(*second), weights_of(*whole));
    }
}

TEST(learner, refuses_a_snapshot_that_is_damaged_or_cut_off_and_keeps_its_weights) {
  const auto model = make_learner(full_spec(optimiser::adam));
  learn(*model, 0, 3);
  const auto good = model->snapshot();
  for (std::size_t at = 0; at < good.size(); at += good.size() / 97) {
    auto bad = good;
    bad[at] ^= 1;
    ASSERT_FALSE(model->restore(bad)) << at;
    bad = good;
    bad.resize(at);
    ASSERT_FALSE(model->restore(bad)) << at;
  }
  EXPECT_EQ(model->snapshot(), good);
  EXPECT_TRUE(model->restore(good));
}

TEST(learner, refuses_a_snapshot_of_another_network_and_says_which) {
  const auto model = make_learner(mlp_spec({3, 4, 1}));
  const auto other = make_learner(mlp_spec({3, 5, 1}))->snapshot();
  const auto restored = model->restore(other);
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().message(), HasSubstr("`3 dense(5) relu dense(1) by adam`"));
}

TEST(learner, leaves_everything_as_it_was_after_a_bad_step) {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(), 3e38f};
  for (const auto& target : train_targets())
    for (const float value : bad) {
      const auto model = make_learner(full_spec(optimiser::adam), target);
      learn(*model, 0, 3);
      const auto before = model->snapshot();
      random_rows rows{*model, 9};
      rows.features[17] = value;
      const auto report = model->step(rows.view());
      ASSERT_TRUE(report);
      EXPECT_NE(report->outcome, step_outcome::learned) << target << " " << value;
      EXPECT_EQ(model->snapshot(), before);
      learn(*model, 3, 4);
    }
}

TEST(learner, reports_a_gradient_that_is_not_finite) {
  auto spec = mlp_spec({1, 1}, loss_function::mean_squared_error);
  const auto model = make_learner(spec);
  random_rows rows{*model, 1};
  rows.features = {1e18f};
  const auto before = model->snapshot();
  const auto report = model->step(rows.view());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->outcome, step_outcome::gradient_not_finite);
  EXPECT_EQ(model->snapshot(), before);
}

TEST(learner, refuses_labels_and_weights_that_make_no_sense) {
  const auto model = make_learner(full_spec(optimiser::adam));
  for (const float label : {-1.0f, 3.0f, 0.5f, std::numeric_limits<float>::quiet_NaN()}) {
    random_rows rows{*model, 4};
    rows.labels[2] = label;
    const auto report = model->step(rows.view());
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message(), HasSubstr("no class from 0 to 2"));
  }
  random_rows rows{*model, 4};
  rows.weights = {1, 1, -1, 1};
  EXPECT_FALSE(model->step(rows.view()));
  rows.weights = {0, 0, 0, 0};
  EXPECT_THAT(model->step(rows.view()).error().message(), HasSubstr("weight 0"));
  EXPECT_FALSE(model->step({nullptr, nullptr, nullptr, 0}));
  EXPECT_THAT(model->step(random_rows{*model, 257}.view()).error().message(),
              HasSubstr("1 to 256"));
}

TEST(learner, does_not_see_rows_of_weight_zero) {
  const auto with = make_learner(mlp_spec({5, 8, 1}));
  const auto without = make_learner(mlp_spec({5, 8, 1}));
  random_rows rows{*with, 6};
  rows.weights = {1, 2, 3, 0, 0, 0};
  const double loss = learned_loss(*with, rows);
  rows.rows = 3;
  EXPECT_DOUBLE_EQ(learned_loss(*without, rows), loss);
  for (std::size_t i = 0; i < with->weights().size(); ++i)
    ASSERT_NEAR(with->weights()[i], without->weights()[i], 1e-6f);
}

TEST(learner, learns_a_rule_that_no_line_can_draw) {
  for (const auto& target : train_targets()) {
    auto spec = mlp_spec({2, 16, 1}, loss_function::binary_cross_entropy, layer_type::tanh);
    spec.optimiser.rate = 0.05f;
    spec.layers.push_back(layer(layer_type::sigmoid));
    const auto model = make_learner(spec, target);
    random_rows rows{*model, 256};
    for (std::size_t i = 0; i < 256; ++i)
      rows.labels[i] = rows.features[2 * i] * rows.features[2 * i + 1] > 0 ? 1.0f : 0.0f;
    for (int i = 0; i < 300; ++i)
      learned_loss(*model, rows);
    std::vector<float> y(256);
    model->predict(rows.features.data(), 256, y.data());
    int right = 0;
    for (std::size_t i = 0; i < 256; ++i)
      right += (y[i] > 0.5f) == (rows.labels[i] == 1.0f);
    EXPECT_GE(right, 250) << target;
  }
}

TEST(learner, predicts_the_same_bits_in_every_batch) {
  for (const auto& target : train_targets()) {
    const auto model = make_learner(full_spec(optimiser::adam), target);
    learn(*model, 0, 3);
    const random_rows rows{*model, 300};
    std::vector<float> together(900), apart(900);
    model->predict(rows.features.data(), 300, together.data());
    for (std::int64_t r = 0; r < 300; r += 7)
      model->predict(rows.features.data() + r * 12, std::min<std::int64_t>(7, 300 - r),
                     apart.data() + r * 3);
    EXPECT_EQ(together, apart) << target;
  }
}

TEST(learner, drops_the_share_that_was_asked_for_and_other_values_each_step) {
  auto spec = mlp_spec({64, 64}, loss_function::mean_squared_error);
  spec.layers.push_back(dropout(0.25f));
  spec.optimiser.kind = optimiser::sgd;
  spec.optimiser.rate = 1e-30f;
  std::vector<std::vector<float>> per_target;
  for (const auto& target : train_targets()) {
    const auto model = make_learner(spec, target);
    random_rows rows{*model, 256};
    std::fill(rows.labels.begin(), rows.labels.end(), 0.0f);
    std::vector<float> seen;
    for (int i = 0; i < 3; ++i) {
      learned_loss(*model, rows);
      // The gradient of the bias is the sum over what was kept.
      const auto all = model->gradients();
      seen.insert(seen.end(), all.end() - 64, all.end());
    }
    EXPECT_NE(seen[0], seen[64]);
    per_target.push_back(seen);
  }
  for (const auto& seen : per_target)
    for (std::size_t i = 0; i < seen.size(); ++i)
      ASSERT_NEAR(seen[i], per_target[0][i], 1e-6f);
}

TEST(learner, clips_the_gradient_over_all_weights) {
  auto spec = mlp_spec({4, 1}, loss_function::mean_squared_error);
  spec.optimiser.kind = optimiser::sgd;
  spec.optimiser.rate = 1;
  spec.clip_norm = 0.125f;
  const auto model = make_learner(spec);
  random_rows rows{*model, 10};
  for (auto& y : rows.labels)
    y += 100;
  const auto before = weights_of(*model);
  const auto report = model->step(rows.view());
  EXPECT_GT(report->gradient_norm, 10);
  double moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    moved += std::pow(static_cast<double>(model->weights()[i] - before[i]), 2);
  EXPECT_NEAR(std::sqrt(moved), 0.125, 1e-5);
}

TEST(learner, evaluates_many_rows_as_their_weighted_mean) {
  const auto model = make_learner(mlp_spec({5, 8, 1}));
  random_rows rows{*model, 700};
  for (std::int64_t i = 0; i < 700; ++i)
    rows.weights.push_back(i < 256 ? 0.0f : static_cast<float>(i % 4)); // a whole part without
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < 700; ++i) {
    if (rows.weights[i] == 0)
      continue;
    const labelled_rows one{rows.features.data() + 5 * i, rows.labels.data() + i, nullptr, 1};
    sum += static_cast<double>(rows.weights[i]) * *model->evaluate(one);
    weight += static_cast<double>(rows.weights[i]);
  }
  EXPECT_NEAR(*model->evaluate(rows.view()), sum / weight, 1e-6);
  rows.weights.assign(700, 0.0f);
  EXPECT_FALSE(model->evaluate(rows.view()));
}

TEST(learner, adds_up_gradients_of_several_learners_to_those_of_one) {
  const auto spec = mlp_spec({6, 10, 1});
  const auto whole = make_learner(spec), left = make_learner(spec), right = make_learner(spec);
  const random_rows rows{*whole, 64};
  const double loss = learned_loss(*whole, rows);
  const labelled_rows halves[] = {
      {rows.features.data(), rows.labels.data(), nullptr, 32},
      {rows.features.data() + 32 * 6, rows.labels.data() + 32, nullptr, 32}};
  const auto a = left->gradients_of(halves[0]), b = right->gradients_of(halves[1]);
  for (std::size_t i = 0; i < left->gradients().size(); ++i)
    left->gradients()[i] = (left->gradients()[i] + right->gradients()[i]) / 2;
  EXPECT_NEAR((a->loss + b->loss) / 2, loss, 1e-6);
  EXPECT_EQ(left->apply(loss).outcome, step_outcome::learned);
  for (std::size_t i = 0; i < left->weights().size(); ++i)
    ASSERT_NEAR(left->weights()[i], whole->weights()[i], 2e-5f);
}

TEST(learner, takes_the_weights_that_it_gives) {
  auto spec = full_spec(optimiser::adam);
  const auto from = make_learner(spec);
  learn(*from, 0, 5);
  spec.seed = 77;
  const auto to = make_learner(spec);
  ASSERT_TRUE(to->set_values(from->values()));
  const random_rows rows{*from, 20};
  std::vector<float> a(60), b(60);
  from->predict(rows.features.data(), 20, a.data());
  to->predict(rows.features.data(), 20, b.data());
  EXPECT_EQ(a, b);
  auto values = from->values();
  values[4][0].data.pop_back();
  const auto before = to->snapshot();
  const auto taken = to->set_values(values);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message(), HasSubstr("layer 5: `weight` has 59 numbers, not 60"));
  EXPECT_EQ(to->snapshot(), before);
}

TEST(learner, says_which_layer_does_not_fit) {
  const auto error_of = [](std::vector<layer_spec> layers, std::int64_t height) {
    network_spec spec;
    spec.height = height;
    spec.width = 8;
    spec.layers = std::move(layers);
    const auto made = learner::make(spec);
    return made ? std::string{} : made.error().message();
  };
  EXPECT_THAT(error_of({dense(3), conv2d(4, 3)}, 1), HasSubstr("layer 2 (conv2d) needs an image"));
  EXPECT_THAT(error_of({dense(3)}, 8), HasSubstr("layer 1 (dense) needs a row of numbers"));
  EXPECT_THAT(error_of({conv2d(4, 9)}, 8), HasSubstr("window of 9 for an image of 8x8"));
  EXPECT_THAT(error_of({conv2d(4, 3)}, 8), HasSubstr("must end with a dense layer"));
  EXPECT_THAT(error_of({dense(0)}, 1), HasSubstr("0 outputs"));
  EXPECT_THAT(error_of({dense(2), dropout(1.0f)}, 1), HasSubstr("rate of 1"));
  EXPECT_THAT(error_of({layer(layer_type::relu), dense(1)}, 1), HasSubstr("cannot be the first"));
  EXPECT_THAT(error_of({embedding({{9, 2, 2}}), dense(1)}, 1), HasSubstr("column 9 of 8"));
  EXPECT_THAT(error_of({dense(2), layer(layer_type::softmax)}, 1), HasSubstr("ends with softmax"));
}

TEST(schedule, follows_its_shape) {
  schedule_spec s;
  EXPECT_FLOAT_EQ(factor_at(s, 1000), 1);
  s.warm_up = 4;
  EXPECT_FLOAT_EQ(factor_at(s, 0), 0.25f);
  EXPECT_FLOAT_EQ(factor_at(s, 3), 1);
  s.kind = schedule_spec::shape::step;
  s.every = 10;
  s.factor = 0.5f;
  EXPECT_FLOAT_EQ(factor_at(s, 13), 1);
  EXPECT_FLOAT_EQ(factor_at(s, 14), 0.5f);
  EXPECT_FLOAT_EQ(factor_at(s, 34), 0.125f);
  s.kind = schedule_spec::shape::cosine;
  s.total = 100;
  s.floor = 0.2f;
  EXPECT_FLOAT_EQ(factor_at(s, 4), 1);
  EXPECT_FLOAT_EQ(factor_at(s, 54), 0.6f);
  EXPECT_FLOAT_EQ(factor_at(s, 104), 0.2f);
  EXPECT_FLOAT_EQ(factor_at(s, 9999), 0.2f);
}

} // namespace
} // namespace lepton::tests
