#include "kernels/train/onnx_export.hpp"

#include "kernels/load_model.hpp"
#include "kernels/train/onnx_import.hpp"
#include "tests/kernels/native_scores.hpp"
#include "tests/kernels/train/train_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace lepton::tests {

namespace {

using namespace kernels::train;

std::vector<float> predictions(learner& model, const random_rows& rows) {
  std::vector<float> y(static_cast<std::size_t>(rows.rows * model.outputs()));
  model.predict(rows.features.data(), rows.rows, y.data());
  return y;
}

std::string exported(const learner& model, bool probabilities = false) {
  const auto file = export_onnx(model, probabilities);
  EXPECT_TRUE(file.ok()) << (file ? "" : file.error().message());
  return file ? std::string{file->begin(), file->end()} : std::string{};
}

network_spec image_network() {
  network_spec spec;
  spec.channels = 3;
  spec.height = 9;
  spec.width = 8;
  spec.layers = {conv2d(5, 3, 1, 1),
                 layer(layer_type::batch_norm),
                 layer(layer_type::relu),
                 max_pool(2),
                 conv2d(4, 2),
                 average_pool(2, 1),
                 layer(layer_type::flatten),
                 dense(7),
                 dropout(0.5f),
                 layer(layer_type::layer_norm),
                 layer(layer_type::gelu),
                 dense(3),
                 layer(layer_type::log_softmax)};
  spec.loss.kind = loss_function::cross_entropy;
  return spec;
}

TEST(onnx_export, of_a_perceptron_scores_in_the_engine_as_the_learner_predicts) {
  auto spec = mlp_spec({12, 20, 9, 1});
  spec.layers.insert(spec.layers.begin(),
                     scale(random_floats(12, 0.3f, 4), std::vector<float>(12, 0.5f)));
  spec.layers.push_back(layer(layer_type::sigmoid));
  const auto model = make_learner(spec);
  random_rows rows{*model, 40};
  for (int i = 0; i < 20; ++i)
    learned_loss(*model, rows);
  expect_near(native_scores(exported(*model), rows.features), predictions(*model, rows), 2e-6f);
}

TEST(onnx_export, adds_the_function_of_the_loss_if_probabilities_are_wanted) {
  const auto model = make_learner(mlp_spec({5, 8, 1}));
  const random_rows rows{*model, 10};
  auto expected = predictions(*model, rows);
  expect_near(native_scores(exported(*model), rows.features), expected, 2e-6f);
  for (auto& y : expected)
    y = 1 / (1 + std::exp(-y));
  expect_near(native_scores(exported(*model, true), rows.features), expected, 2e-6f);
}

#if LEPTON_TESTS_OPENVINO
TEST(onnx_export, of_an_image_network_scores_in_openvino_as_the_learner_predicts) {
  const auto model = make_learner(image_network());
  random_rows rows{*model, 12};
  for (int i = 0; i < 5; ++i)
    learned_loss(*model, rows);
  const temp_dir dir;
  kernels::model_options options;
  options.backend = kernels::backend_choice::openvino;
  const auto loaded = kernels::load_model(dir.write("m.onnx", exported(*model)), options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  const auto instance = (*loaded)->instance();
  ASSERT_TRUE(instance.ok()) << instance.error().message();
  expect_near(scores(**instance, rows.features), predictions(*model, rows), 2e-4f);
}
#endif

#if LEPTON_TESTS_OPENVINO
TEST(onnx_export, of_embeddings_takes_row_0_for_what_is_not_in_the_table) {
  network_spec spec;
  spec.width = 4;
  spec.layers = {embedding({{0, 4, 3}, {2, 2, 5}}), dense(2)};
  spec.loss.kind = loss_function::mean_squared_error;
  const auto model = make_learner(spec);
  random_rows rows{*model, 6};
  rows.features = {0,
                   1,
                   0,
                   2,
                   3,
                   1,
                   1,
                   2,
                   2.9f,
                   5,
                   -1,
                   2,
                   4,
                   5,
                   7,
                   8,
                   -3,
                   0,
                   1e9f,
                   1,
                   1,
                   1,
                   std::numeric_limits<float>::quiet_NaN(),
                   1};
  const temp_dir dir;
  kernels::model_options options;
  options.backend = kernels::backend_choice::openvino;
  const auto loaded = kernels::load_model(dir.write("m.onnx", exported(*model)), options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  expect_near(scores(**(*loaded)->instance(), rows.features), predictions(*model, rows), 1e-5f);
}
#endif

TEST(onnx_export, refuses_a_scaler_before_an_embedding) {
  network_spec spec;
  spec.width = 3;
  spec.layers = {embedding({{0, 4, 2}}), dense(1)};
  const auto scaler = scale({0, 0, 0}, {1, 1, 1});
  const auto file = export_onnx(*make_learner(spec), true, {}, &scaler);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), core::errc::unsupported);
}

TEST(onnx_import, takes_back_every_layer_that_was_exported) {
  const auto model = make_learner(image_network());
  random_rows rows{*model, 12};
  for (int i = 0; i < 5; ++i)
    learned_loss(*model, rows);
  const auto parsed = kernels::onnx::read_model(as_bytes(exported(*model)));
  ASSERT_TRUE(parsed) << parsed.error().message();
  auto start = import_onnx(*parsed);
  ASSERT_TRUE(start) << start.error().message();
  start->spec.loss = model->spec().loss;
  const auto again = make_learner(start->spec);
  ASSERT_TRUE(again->set_values(start->values));
  EXPECT_EQ(again->spec().layers.size() + 1, model->spec().layers.size()); // without the dropout
  EXPECT_EQ(predictions(*again, rows), predictions(*model, rows));
}

TEST(onnx_import, starts_from_what_other_programs_write) {
  // MatMul and Add are not layers here, but a perceptron all the same.
  onnx_writer w{4};
  w.op("Sub", {w.constant({4}, {1, 2, 3, 4})});
  w.op("MatMul", {w.constant({4, 6}, random_floats(24, 1, 2))});
  w.op("Add", {w.constant({6}, random_floats(6, 1, 3))}).op("Tanh");
  w.op("Gemm", {w.constant({6, 1}, random_floats(6, 1, 4))}).op("Sigmoid");
  const auto parsed = kernels::onnx::read_model(as_bytes(w.file()));
  const auto start = import_onnx(*parsed);
  ASSERT_TRUE(start) << start.error().message();
  const auto model = make_learner(start->spec);
  ASSERT_TRUE(model->set_values(start->values));
  const random_rows rows{*model, 9};
  expect_near(predictions(*model, rows), native_scores(w.file(), rows.features), 2e-6f);
}

TEST(onnx_import, names_the_operator_that_it_cannot_train) {
  onnx_writer w{dims{-1, 3, 8, 8}};
  w.op("Conv", {w.constant({4, 3, 3, 3}, random_floats(108, 1, 1))}).op("HardSwish");
  const auto parsed = kernels::onnx::read_model(as_bytes(w.file()));
  const auto start = import_onnx(*parsed);
  ASSERT_FALSE(start);
  EXPECT_THAT(start.error().message(), testing::HasSubstr("HardSwish"));
}

} // namespace
} // namespace lepton::tests
