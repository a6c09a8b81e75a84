#include "tests/kernels/train/train_fixture.hpp"

namespace lepton::tests {

namespace {

using namespace kernels::train;

/// Loss as a function of the weights, in training (with dropout and batch statistics).
double loss_at(learner& model, const random_rows& rows) {
  return model.gradients_of(rows.view())->loss;
}

/// Compares the slope of the loss along random directions with what the gradient says. Where a relu
/// or a largest value changes over within the step, there is no slope: a few directions may meet
/// such a place, but a gradient that is wrong is so in all of them.
void expect_gradient_of_weights(const network_spec& spec, const std::string& target, int kinks,
                                std::int64_t count = 5) {
  const auto model = make_learner(spec, target);
  random_rows rows{*model, count, 5};
  rows.weights = {0.5f, 1.0f, 2.0f, 0.25f, 1.5f};
  rows.weights.resize(static_cast<std::size_t>(count), 1.0f);
  loss_at(*model, rows);
  const std::vector<float> gradient{model->gradients().begin(), model->gradients().end()};
  const std::vector<float> start{model->weights().begin(), model->weights().end()};
  std::mt19937 random{3};
  std::normal_distribution<double> normal;
  int wrong = 0;
  for (int direction = 0; direction < 12; ++direction) {
    // Where both are zero, a number is padding.
    std::vector<double> d(start.size());
    double expected = 0, length = 0;
    for (std::size_t i = 0; i < d.size(); ++i)
      if (start[i] != 0 || gradient[i] != 0)
        d[i] = normal(random), length += d[i] * d[i];
    const double step = 2e-3 / std::max(1.0, std::sqrt(length) / 8);
    for (std::size_t i = 0; i < d.size(); ++i)
      expected += d[i] * static_cast<double>(gradient[i]);
    const auto moved = [&](double by) {
      for (std::size_t i = 0; i < d.size(); ++i)
        model->weights()[i] = start[i] + static_cast<float>(by * d[i]);
      return loss_at(*model, rows);
    };
    const double slope = (moved(step) - moved(-step)) / (2 * step);
    wrong += std::abs(slope - expected) > 3e-3 * std::max(1.0, std::abs(expected));
    ASSERT_LE(wrong, kinks) << slope << " is not " << expected << ": " << describe(spec) << " on "
                            << target;
  }
}

void expect_on_all_targets(const network_spec& spec, int kinks = 0) {
  for (const auto& target : train_targets())
    expect_gradient_of_weights(spec, target, kinks);
}

network_spec with_layers(std::vector<layer_spec> layers,
                         loss_function loss = loss_function::mean_squared_error) {
  network_spec spec;
  spec.width = 7;
  spec.layers = std::move(layers);
  spec.loss.kind = loss;
  return spec;
}

network_spec image_spec(std::vector<layer_spec> layers, std::int64_t channels = 3) {
  network_spec spec = with_layers(std::move(layers));
  spec.channels = channels;
  spec.height = 7;
  spec.width = 6;
  spec.layers.push_back(layer(layer_type::flatten));
  spec.layers.push_back(dense(3));
  return spec;
}

TEST(gradient, of_dense_layers_and_each_activation_is_the_slope) {
  expect_on_all_targets(with_layers({dense(5)}));
  expect_on_all_targets(with_layers({dense(19), dense(40), dense(2)}));
  for (const auto act : {layer_type::relu, layer_type::gelu, layer_type::tanh, layer_type::sigmoid,
                         layer_type::softmax, layer_type::log_softmax})
    expect_on_all_targets(with_layers({dense(18), layer(act), dense(3)}),
                          act == layer_type::relu ? 4 : 0);
}

TEST(gradient, of_activations_and_dropout_on_one_buffer_is_the_slope) {
  for (const auto act : {layer_type::relu, layer_type::tanh, layer_type::sigmoid})
    expect_on_all_targets(with_layers({dense(18), layer(act), dropout(0.4f), layer(act),
                                       layer(layer_type::gelu), dense(3)}),
                          act == layer_type::relu ? 4 : 0);
}

TEST(gradient, of_normalisations_is_the_slope) {
  for (const auto norm : {layer_type::batch_norm, layer_type::layer_norm})
    expect_on_all_targets(with_layers({dense(21), layer(norm), layer(layer_type::tanh), dense(3)}));
}

TEST(gradient, of_embeddings_is_the_slope) {
  // Every feature is a small number, so that several rows share one of the table.
  expect_on_all_targets(with_layers(
      {embedding({{1, 3, 4}, {6, 2, 5}}), dense(9), layer(layer_type::tanh), dense(1)}));
}

TEST(gradient, of_convolutions_is_the_slope) {
  expect_on_all_targets(image_spec({conv2d(5, 3)}));
  expect_on_all_targets(image_spec({conv2d(4, 3), layer(layer_type::tanh), conv2d(18, 2, 2)}));
  expect_on_all_targets(
      image_spec({conv2d(4, 3, 1, 1), layer(layer_type::tanh), conv2d(3, 3, 2, 2)}));
  expect_on_all_targets(
      image_spec({conv2d(4, 1), conv2d(17, 3), layer(layer_type::batch_norm)}, 1));
}

TEST(gradient, of_pools_is_the_slope) {
  expect_on_all_targets(image_spec({conv2d(4, 3), max_pool(2)}), 4);
  expect_on_all_targets(image_spec({conv2d(4, 3), average_pool(2)}));
  expect_on_all_targets(image_spec({conv2d(3, 2), max_pool(3, 1), average_pool(2, 1)}), 6);
}

TEST(gradient, of_each_loss_is_the_slope) {
  for (const auto loss : {loss_function::binary_cross_entropy, loss_function::binary_focal,
                          loss_function::mean_squared_error})
    for (const std::int64_t outputs : {1, 3, 18})
      expect_on_all_targets(with_layers({dense(9), layer(layer_type::tanh), dense(outputs)}, loss));
  for (const auto loss : {loss_function::cross_entropy, loss_function::focal})
    for (const std::int64_t outputs : {2, 10, 33}) {
      auto spec = with_layers({dense(9), layer(layer_type::tanh), dense(outputs)}, loss);
      expect_on_all_targets(spec);
      spec.loss.class_weights.assign(static_cast<std::size_t>(outputs), 1.0f);
      spec.loss.class_weights[1] = 7;
      spec.loss.gamma = 0.5f;
      spec.layers.push_back(layer(layer_type::log_softmax));
      expect_on_all_targets(spec);
    }
}

TEST(gradient, of_the_input_is_the_slope) {
  auto spec = with_layers({scale({0, 1, 0, 2, 0, 0, 0}, {1, 2, 1, 1, 0.5f, 1, 3}), dense(20),
                           layer(layer_type::tanh), dense(1)},
                          loss_function::binary_cross_entropy);
  for (int scaled = 0; scaled < 2; ++scaled, spec.layers.erase(spec.layers.begin()))
    for (const auto& target : train_targets()) {
      const auto model = make_learner(spec, target);
      random_rows rows{*model, 3};
      std::vector<float> gradient(rows.features.size());
      ASSERT_TRUE(model->input_gradients(rows.view(), gradient.data()));
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        const float at = rows.features[i];
        rows.features[i] = at + 5e-3f;
        const double above = loss_at(*model, rows);
        rows.features[i] = at - 5e-3f;
        const double below = loss_at(*model, rows);
        rows.features[i] = at;
        ASSERT_NEAR((above - below) / 1e-2, static_cast<double>(gradient[i]), 3e-4) << target;
      }
    }
}

} // namespace
} // namespace lepton::tests
