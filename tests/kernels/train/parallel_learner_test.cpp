#include "kernels/train/parallel_learner.hpp"

#include "tests/kernels/train/train_fixture.hpp"

#include <limits>

namespace lepton::tests {

namespace {

using namespace kernels::train;

std::unique_ptr<parallel_learner> make_parallel(const network_spec& spec, int threads) {
  auto made = parallel_learner::make(spec, threads);
  if (!made) {
    ADD_FAILURE() << made.error().message();
    std::abort();
  }
  return std::move(*made);
}

random_rows weighted_rows(const learner& of, std::uint32_t seed) {
  random_rows rows{of, 30, seed};
  for (std::int64_t i = 0; i < rows.rows; ++i)
    rows.weights.push_back(i < 10 ? 0.0f : static_cast<float>(i % 3));
  return rows;
}

TEST(parallel_learner, learns_what_one_thread_learns) {
  auto spec = mlp_spec({7, 20, 3}, loss_function::cross_entropy, layer_type::tanh);
  spec.loss.class_weights = {1, 5, 2};
  spec.clip_norm = 0.3f;
  const auto one = make_learner(spec);
  for (const int threads : {1, 2, 3, 5}) { // the first of three has only rows of weight 0
    const auto many = make_parallel(spec, threads);
    const auto reference = make_learner(spec);
    for (std::uint32_t i = 0; i < 20; ++i) {
      const auto rows = weighted_rows(*one, i);
      const auto report = many->step(rows.view());
      ASSERT_TRUE(report);
      ASSERT_NEAR(report->loss, learned_loss(*reference, rows), 1e-5) << threads;
    }
    EXPECT_EQ(many->model().steps(), 20);
    for (std::size_t i = 0; i < reference->weights().size(); ++i)
      ASSERT_NEAR(many->model().weights()[i], reference->weights()[i], 1e-4f) << threads;
  }
}

TEST(parallel_learner, gives_the_same_bits_again_and_after_a_snapshot) {
  auto spec = mlp_spec({7, 20, 1});
  spec.layers.insert(spec.layers.begin() + 1, {layer(layer_type::batch_norm), dropout(0.4f)});
  const auto whole = make_parallel(spec, 3), first = make_parallel(spec, 3);
  const auto second = make_parallel(spec, 3);
  for (std::uint32_t i = 0; i < 40; ++i) {
    const random_rows rows{whole->model(), 31, i};
    ASSERT_TRUE(whole->step(rows.view()));
    if (i == 20) {
      ASSERT_TRUE(second->model().restore(first->model().snapshot()));
    }
    ASSERT_TRUE((i < 20 ? first : second)->step(rows.view()));
  }
  EXPECT_EQ(second->model().snapshot(), whole->model().snapshot());
}

TEST(parallel_learner, leaves_everything_as_it_was_after_a_bad_step) {
  const auto many = make_parallel(mlp_spec({7, 20, 1}), 3);
  random_rows rows{many->model(), 30};
  ASSERT_TRUE(many->step(rows.view()));
  const auto before = many->model().snapshot();
  for (const std::size_t row : {0u, 15u, 29u}) {
    auto bad = rows;
    bad.features[7 * row] = std::numeric_limits<float>::quiet_NaN();
    const auto report = many->step(bad.view());
    ASSERT_TRUE(report);
    EXPECT_NE(report->outcome, step_outcome::learned);
  }
  rows.labels[29] = 3;
  EXPECT_FALSE(many->step(rows.view()));
  EXPECT_EQ(many->model().snapshot(), before);
}

TEST(parallel_learner, takes_batches_of_any_size_up_to_the_largest) {
  auto spec = mlp_spec({7, 4, 1});
  spec.max_batch = 10;
  const auto many = make_parallel(spec, 4);
  for (std::int64_t count = 1; count <= 10; ++count)
    EXPECT_TRUE(many->step(random_rows{many->model(), count}.view())) << count;
  EXPECT_FALSE(many->step(random_rows{many->model(), 11}.view()));
  EXPECT_FALSE(parallel_learner::make(spec, 0));
}

} // namespace
} // namespace lepton::tests
