#include "tests/kernels/native_scores.hpp"
#include "tests/kernels/trees/tree_cases.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

// Lepton's scores against those of the library that made the model, for files of tests/data/trees.

namespace lepton::tests {

namespace {

/// Largest difference, relative to numbers above 1.
float difference(const std::vector<float>& got, const std::vector<float>& expected) {
  float largest = got.size() == expected.size() ? 0.0f : INFINITY;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const float scale = std::max(1.0f, std::abs(expected[i]));
    const float d = std::abs(got[i] - expected[i]) / scale;
    largest = d <= largest ? largest : d; // NaN counts
  }
  return largest;
}

/// All files with that prefix, on every target. Returns how many there were.
std::size_t compare(const std::string& prefix, float tolerance) {
  const auto files = tree_files(prefix);
  for (const auto& path : files) {
    const auto expected = rows_of(path);
    for (const auto& target : runnable_target_names()) {
      SCOPED_TRACE(path.filename().string() + " " + target);
      const auto model = tree_model_of(path, target);
      if (!model)
        continue;
      EXPECT_EQ(model->inputs(), expected.inputs);
      EXPECT_EQ(model->outputs(), expected.outputs);
      if (model->inputs() == expected.inputs && model->outputs() == expected.outputs) {
        EXPECT_LE(difference(scores(*model, expected.x), expected.y), tolerance);
      }
    }
  }
  return files.size();
}

// One unit in the last place of float32 near 1 is 1.2e-7.

TEST(tree_parity, gives_what_xgboost_gives) {
  EXPECT_GE(compare("xgb_", 2.4e-7f), 20u);
}

TEST(tree_parity, reads_files_of_xgboost_1) {
  EXPECT_GE(compare("xgb1_", 2.4e-7f), 4u);
}

TEST(tree_parity, gives_what_lightgbm_gives) {
  EXPECT_GE(compare("lgb_", 2.4e-7f), 12u);
}

TEST(tree_parity, gives_what_onnx_runtime_gives_for_converted_models) {
  EXPECT_GE(compare("skl_", 1e-6f), 12u);
}

TEST(tree_parity, gives_what_onnx_runtime_gives_for_every_mode_and_transform) {
  EXPECT_GE(compare("ml_", 1e-5f), 19u);
}

/// The targets differ only in the order in which rows are treated, never in a sum.
TEST(tree_parity, gives_the_same_bits_on_every_target_and_in_every_batch) {
  for (const auto& path : tree_files("")) {
    SCOPED_TRACE(path.filename().string());
    const auto in = rows_of(path);
    const auto reference = scores(*tree_model_of(path, "generic"), in.x);
    for (const auto& target : runnable_target_names()) {
      const auto model = tree_model_of(path, target);
      // More rows than the largest group of blocks, not a whole number of blocks.
      std::vector<float> x, expected;
      for (int i = 0; i < 15; ++i) {
        x.insert(x.end(), in.x.begin(), in.x.end());
        expected.insert(expected.end(), reference.begin(), reference.end());
      }
      x.insert(x.end(), in.x.begin(), in.x.begin() + in.inputs);
      expected.insert(expected.end(), reference.begin(), reference.begin() + in.outputs);
      const auto all = scores(*model, x);
      ASSERT_EQ(std::memcmp(all.data(), expected.data(), expected.size() * sizeof(float)), 0)
          << target;
      for (const std::int64_t rows : {1, 3, 17}) {
        const auto some = scores(*model, {x.begin(), x.begin() + rows * in.inputs});
        ASSERT_EQ(std::memcmp(some.data(), expected.data(), some.size() * sizeof(float)), 0)
            << target << ", " << rows << " rows";
      }
    }
  }
}

TEST(tree_model, says_which_vectors_run_it) {
  EXPECT_EQ(tree_model_of(tree_folder / "xgb_binary.json", "generic")->backend(),
            "native trees (generic)");
  for (const auto& target : runnable_target_names())
    EXPECT_THAT(tree_model_of(tree_folder / "lgb_binary.txt", target)->description(),
                testing::HasSubstr("4 trees of depth"));
}

} // namespace
} // namespace lepton::tests
