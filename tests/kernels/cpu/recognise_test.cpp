#include "tests/kernels/native_scores.hpp"

#include <gmock/gmock.h>

namespace lepton::tests {

namespace {

using kernels::onnx::element_type;
using ::testing::HasSubstr;

/// Two rows of three numbers.
const std::vector<float> two_rows{1, -2, 3, 0.5f, 0, -1};

/// Why a file is not recognised; empty if it is.
std::string refusal(const std::string& file) {
  const auto parsed = kernels::onnx::read_model(as_bytes(file));
  EXPECT_TRUE(parsed.ok());
  if (!parsed)
    return {};
  const auto net = kernels::cpu::recognise(*parsed);
  return net ? std::string{} : net.error().message();
}

onnx_writer with_identity() {
  onnx_writer w{3};
  w.op("MatMul", {w.constant({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1})});
  return w;
}

TEST(recognise, knows_gemm_with_its_factors) {
  onnx_writer w{3};
  w.op("Gemm", {w.constant({3, 2}, {1, 2, 3, 4, 5, 6}), w.constant({2}, {10, 20})},
       {real_attribute("alpha", 2.0f), real_attribute("beta", 0.5f)});
  expect_near(native_scores(w.file(), two_rows), {25, 34, -4, 0}, 1e-5f);
}

TEST(recognise, knows_gemm_with_transposed_weights) {
  onnx_writer w{3};
  w.op("Gemm", {w.constant({2, 3}, {1, 3, 5, 2, 4, 6})}, {integer_attribute("transB", 1)});
  expect_near(native_scores(w.file(), two_rows), {10, 12, -4.5f, -5}, 1e-5f);
}

TEST(recognise, knows_matmul_and_add) {
  onnx_writer w{3};
  w.op("MatMul", {w.constant({3, 2}, {1, 2, 3, 4, 5, 6})}).op("Add", {w.constant({2}, {1, -1})});
  expect_near(native_scores(w.file(), two_rows), {11, 11, -3.5f, -6}, 1e-5f);
}

TEST(recognise, knows_float64_weights) {
  onnx_writer w{3};
  w.op("MatMul",
       {w.constant({3, 1}, element_type::float64, raw_bytes(std::vector<double>{1, 2, 3}))});
  expect_near(native_scores(w.file(), two_rows), {6, -2.5f}, 1e-6f);
}

TEST(recognise, knows_arithmetic_with_constants_on_either_side) {
  auto w = with_identity();
  w.op("Sub", {w.constant({3}, {1, 1, 1})}).op("Div", {w.constant({1, 3}, {2, 4, 8})});
  w.op("Mul", {w.constant({1}, {2})});
  w.node("Sub", {w.constant({}, {1}), w.value()});
  expect_near(native_scores(w.file(), two_rows), {1, 2.5f, 0.5f, 1.5f, 1.5f, 1.5f}, 1e-6f);
}

TEST(recognise, knows_a_scaler_before_the_first_layer) {
  onnx_writer w{3};
  w.op("Scaler", {}, {reals_attribute("offset", {1, 2, 3}), reals_attribute("scale", {1, 0.5f, 2})},
       "ai.onnx.ml");
  w.op("MatMul", {w.constant({3, 1}, {1, 1, 1})});
  expect_near(native_scores(w.file(), two_rows), {-2, -9.5f}, 1e-5f);
}

TEST(recognise, keeps_digits_of_a_scaler_far_from_zero) {
  // Folded into the weights, the centre would cancel five digits of each input.
  onnx_writer w{1};
  w.op("Sub", {w.constant({1}, {1e6f})}).op("Mul", {w.constant({1}, {4})});
  w.op("MatMul", {w.constant({1, 1}, {1})});
  expect_near(native_scores(w.file(), {1e6f + 0.125f, 1e6f - 0.25f}), {0.5f, -1}, 1e-6f);
  EXPECT_THAT(native_model_of(w.file())->description(), HasSubstr("scaled 1-1"));
}

TEST(recognise, knows_batch_normalization) {
  onnx_writer w{2};
  w.op("Gemm", {w.constant({2, 2}, {1, 0, 0, 1})});
  w.op("BatchNormalization",
       {w.constant({2}, {2, 3}), w.constant({2}, {1, -1}), w.constant({2}, {0.5f, 1}),
        w.constant({2}, {4, 9})},
       {real_attribute("epsilon", 0.0f)});
  expect_near(native_scores(w.file(), {1, 2, 0, 0}), {1.5f, 0, 0.5f, -2}, 1e-6f);
}

TEST(recognise, knows_the_activations) {
  const std::vector<float> x{1, -2, 3};
  const auto after = [&](const char* op, const std::vector<wire_message>& attributes = {}) {
    return native_scores(with_identity().op(op, {}, attributes).file(), x);
  };
  expect_near(after("Relu"), {1, 0, 3}, 0);
  expect_near(after("LeakyRelu", {real_attribute("alpha", 0.25f)}), {1, -0.5f, 3}, 0);
  expect_near(after("LeakyRelu"), {1, -0.02f, 3}, 1e-7f);
  expect_near(after("Sigmoid"), {0.7310586f, 0.1192029f, 0.9525741f}, 5e-7f);
  expect_near(after("Tanh"), {0.7615942f, -0.9640276f, 0.9950548f}, 5e-7f);
  expect_near(after("Softmax"), {0.1184997f, 0.0058998f, 0.8756006f}, 5e-7f);
}

TEST(recognise, knows_an_activation_of_the_inputs_themselves) {
  onnx_writer w{3};
  w.op("Relu");
  expect_near(native_scores(w.file(), two_rows), {1, 0, 3, 0.5f, 0, 0}, 0);
}

TEST(recognise, saturates_without_nan) {
  const std::vector<float> x{1e30f, -1e30f, 200};
  expect_near(native_scores(with_identity().op("Sigmoid").file(), x), {1, 0, 1}, 1e-6f);
  expect_near(native_scores(with_identity().op("Tanh").file(), x), {1, -1, 1}, 1e-6f);
  expect_near(native_scores(with_identity().op("Softmax").file(), x), {1, 0, 0}, 1e-6f);
}

TEST(recognise, passes_over_operators_without_effect) {
  onnx_writer w{dims{-1, 3, 1}};
  w.op("Flatten").op("Identity").op("Cast", {}, {integer_attribute("to", 1)});
  w.op("MatMul", {w.constant({3, 1}, {1, 1, 1})}).op("Dropout");
  w.op("Reshape", {w.integers({-1, 1})}).op("Squeeze", {w.integers({1})});
  expect_near(native_scores(w.file({-1}), two_rows), {2, -0.5f}, 1e-6f);
}

TEST(recognise, names_what_it_does_not_know) {
  onnx_writer trees{3};
  trees.op("TreeEnsembleClassifier", {}, {}, "ai.onnx.ml");
  EXPECT_THAT(refusal(trees.file()), HasSubstr("TreeEnsembleClassifier"));
  EXPECT_THAT(refusal(with_identity().op("Erf").file()), HasSubstr("Erf is not known here"));
  EXPECT_THAT(refusal(with_identity().op("Softmax", {}, {integer_attribute("axis", 0)}).file()),
              HasSubstr("Softmax does not run over the outputs"));
  EXPECT_THAT(refusal(with_identity().op("Cast", {}, {integer_attribute("to", 7)}).file()),
              HasSubstr("Cast converts to something else"));
}

TEST(recognise, refuses_graphs_that_are_no_chain) {
  auto twice = with_identity();
  twice.node("Add", {twice.value(), "x"});
  EXPECT_THAT(refusal(twice.file()), HasSubstr("Add combines 2 computed values"));
  onnx_writer circle{3};
  circle.node("Relu", {"v0"});
  EXPECT_FALSE(refusal(circle.file()).empty());
  onnx_writer nothing{3};
  nothing.node("Relu", {"elsewhere"});
  EXPECT_THAT(refusal(nothing.file()), HasSubstr("nothing computes 'elsewhere'"));
}

TEST(recognise, refuses_weights_that_do_not_fit) {
  onnx_writer w{3};
  w.op("MatMul", {w.constant({4, 1}, {1, 1, 1, 1})});
  EXPECT_THAT(refusal(w.file()), HasSubstr("a weight for 4 inputs but gets 3"));
  auto bias = with_identity();
  bias.op("Add", {bias.constant({2}, {1, 1})});
  EXPECT_THAT(refusal(bias.file()), HasSubstr("a constant of 2 values for 3"));
  auto per_row = with_identity();
  per_row.op("Add", {per_row.constant({3, 1}, {1, 1, 1})});
  EXPECT_FALSE(refusal(per_row.file()).empty());
}

TEST(recognise, refuses_operators_that_mix_rows) {
  auto w = with_identity();
  w.op("Reshape", {w.integers({-1, 1})});
  EXPECT_THAT(refusal(w.file()), HasSubstr("Reshape mixes rows"));
  EXPECT_THAT(refusal(with_identity().op("Flatten", {}, {integer_attribute("axis", 0)}).file()),
              HasSubstr("Flatten mixes rows"));
}

TEST(recognise, refuses_an_input_of_open_width) {
  onnx_writer w{-1};
  w.op("Relu");
  EXPECT_THAT(refusal(w.file()), HasSubstr("not [N, k] with a fixed k"));
}

} // namespace
} // namespace lepton::tests
