#include "tests/kernels/native_scores.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <limits>

namespace lepton::tests {

namespace {

using kernels::cpu::cpu_target;
using shape = std::vector<std::int64_t>;

const std::vector<shape> shapes{
    {1, 1},  {3, 2},       {30, 64, 32, 1}, {7, 5, 3},    {17, 33, 9},
    {64, 1}, {16, 16, 16}, {5, 8, 8, 4},    {100, 40, 7}, {256, 512, 256, 1}};

std::vector<cpu_target> runnable_targets() {
  std::vector<cpu_target> all;
  for (const auto target : {cpu_target::generic, cpu_target::avx2, cpu_target::avx512})
    if (can_run(target))
      all.push_back(target);
  return all;
}

std::vector<float> rows_for(const shape& s, std::int64_t rows) {
  return random_floats(static_cast<std::size_t>(s[0] * rows), 1.0f, 11);
}

/// The model as the definition says it, in double precision; files of `mlp_file` only.
std::vector<float> by_definition(const kernels::cpu::dense_network& net,
                                 const std::vector<float>& x) {
  std::vector<double> value(x.begin(), x.end());
  const auto rows = static_cast<std::int64_t>(x.size()) / net.inputs;
  for (const auto& layer : net.layers) {
    std::vector<double> next(static_cast<std::size_t>(rows * layer.outputs));
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t o = 0; o < layer.outputs; ++o) {
        double sum = layer.bias[static_cast<std::size_t>(o)];
        for (std::int64_t i = 0; i < layer.inputs; ++i)
          sum += value[static_cast<std::size_t>(r * layer.inputs + i)] *
                 layer.weights[static_cast<std::size_t>(o * layer.inputs + i)];
        const bool relu = layer.act == kernels::cpu::activation::relu;
        next[static_cast<std::size_t>(r * layer.outputs + o)] =
            relu ? std::max(sum, 0.0) : 1.0 / (1.0 + std::exp(-sum));
      }
    value = std::move(next);
  }
  return {value.begin(), value.end()};
}

TEST(native_model, gives_what_the_definition_says_on_every_target) {
  for (const auto& s : shapes) {
    const auto file = mlp_file(s);
    const auto x = rows_for(s, 37);
    const auto parsed = kernels::onnx::read_model(as_bytes(file));
    const auto expected = by_definition(*kernels::cpu::recognise(*parsed), x);
    for (const auto target : runnable_targets()) {
      SCOPED_TRACE(testing::Message() << name(target) << " " << s.front() << "-" << s.back());
      const auto model = native_model_of(file, target);
      EXPECT_EQ(model->backend(), std::string{"native ("} + name(target) + ")");
      expect_near(scores(*model, x), expected, 2e-6f);
    }
  }
}

TEST(native_model, gives_a_row_the_same_bits_in_every_batch) {
  for (const auto& s : shapes)
    for (const auto* last : {"Sigmoid", "Softmax", "Tanh"}) {
      const auto file = mlp_file(s, "LeakyRelu", last);
      const auto x = rows_for(s, 203);
      for (const auto target : runnable_targets()) {
        const auto model = native_model_of(file, target);
        const auto together = scores(*model, x);
        for (const std::int64_t piece : {1, 2, 3, 5, 6, 7, 16, 100}) {
          std::vector<float> apart(together.size());
          for (std::int64_t r = 0; r < 203; r += piece)
            ASSERT_TRUE(model->run(x.data() + r * model->inputs(), std::min(piece, 203 - r),
                                   apart.data() + r * model->outputs()));
          ASSERT_EQ(std::memcmp(apart.data(), together.data(), apart.size() * sizeof(float)), 0)
              << name(target) << " in pieces of " << piece;
        }
      }
    }
}

TEST(native_model, writes_nothing_after_its_output) {
  for (const auto& s : shapes)
    for (const auto target : runnable_targets()) {
      const auto model = native_model_of(mlp_file(s), target);
      const auto x = rows_for(s, 5);
      std::vector<float> y(static_cast<std::size_t>(5 * s.back() + 32), 42.0f);
      ASSERT_TRUE(model->run(x.data(), 5, y.data()));
      for (auto i = static_cast<std::size_t>(5 * s.back()); i < y.size(); ++i)
        ASSERT_EQ(y[i], 42.0f) << name(target);
    }
}

TEST(native_model, keeps_nan_in_its_own_row) {
  for (const auto target : runnable_targets()) {
    const auto model = native_model_of(mlp_file({3, 20, 2}), target);
    std::vector<float> x(3 * 20, 0.5f);
    x[3 * 4 + 1] = std::numeric_limits<float>::quiet_NaN();
    const auto y = scores(*model, x);
    for (std::size_t r = 0; r < 20; ++r)
      ASSERT_EQ(std::isnan(y[2 * r]), r == 4) << name(target) << " row " << r;
  }
}

TEST(native_model, runs_no_rows) {
  const auto model = native_model_of(mlp_file({3, 2}));
  EXPECT_TRUE(model->run(nullptr, 0, nullptr));
}

TEST(cpu_target, takes_the_best_or_the_one_that_is_forced) {
  EXPECT_EQ(*kernels::cpu::choose_target(""), runnable_targets().back());
  for (const auto target : runnable_targets())
    EXPECT_EQ(*kernels::cpu::choose_target(name(target)), target);
}

TEST(cpu_target, refuses_an_unknown_name) {
  const auto chosen = kernels::cpu::choose_target("sse9");
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().message(), testing::HasSubstr("use generic, avx2 or avx512"));
}

} // namespace
} // namespace lepton::tests
