#include "tests/kernels/infer/infer_fixture.hpp"
#include "tests/kernels/trees/tree_cases.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace lepton::tests {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr float infinity = std::numeric_limits<float>::infinity();

infer_config scoring(const char* file) {
  infer_config config;
  config.set("model", std::filesystem::absolute(tree_folder / file).string());
  return config.list("features", {"v"}).set("output", "score");
}

core::batch_ptr rows_as_batch(const std::vector<float>& x) {
  return batch_of(schema_of({{"v", "float32[6]"}}), {column_of<float>("float32[6]", x)},
                  static_cast<std::int64_t>(x.size()) / 6);
}

void expect_close(const std::vector<float>& got, const std::vector<float>& expected) {
  EXPECT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i)
    EXPECT_NEAR(got[i], expected[i], 1e-6f) << "at " << i;
}

TEST_F(infer_test, gives_what_the_library_of_the_trees_gives_with_missing_values) {
  for (const auto* file : {"xgb_binary.json", "xgb_binary.ubj", "lgb_binary.txt"}) {
    SCOPED_TRACE(file);
    const auto expected = rows_of(tree_folder / file);
    const auto in = rows_as_batch(expected.x);
    const auto scorer = make(scoring(file).set("missing", "pass"), in->schema);
    ASSERT_NE(scorer, nullptr);
    kept_output out;
    scorer->process(in, out);
    ASSERT_EQ(out.emitted.size(), 1u);
    EXPECT_TRUE(out.errors.empty());
    expect_close(floats(out.emitted[0], "score"), expected.y);
  }
}

TEST_F(infer_test, passes_nulls_and_nan_to_trees_but_nothing_infinite) {
  auto x = rows_of(tree_folder / "xgb_binary.json").x;
  x.resize(12);
  x[1] = std::numeric_limits<float>::quiet_NaN();
  x[7] = std::numeric_limits<float>::quiet_NaN();
  x[8] = infinity;
  const auto in = rows_as_batch(x);
  const auto scorer = make(scoring("xgb_binary.json").set("missing", "pass"), in->schema);
  kept_output out;
  scorer->process(in, out);
  ASSERT_EQ(out.emitted.size(), 1u);
  EXPECT_EQ(out.emitted[0]->rows, 1);
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].reason, "feature `v[2]` is infinite or too large for float32");
}

TEST_F(infer_test, rejects_missing_values_of_trees_unless_told_otherwise) {
  const auto in = rows_as_batch({1, std::numeric_limits<float>::quiet_NaN(), 1, 1, 1, 1});
  const auto scorer = make(scoring("lgb_binary.txt"), in->schema);
  kept_output out;
  scorer->process(in, out);
  EXPECT_TRUE(out.emitted.empty());
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].reason, "feature `v[1]` is NaN");
}

TEST_F(infer_test, shows_trees_and_their_vectors_in_the_plan) {
  const auto bound = bind(scoring("xgb_binary.json"), schema_of({{"v", "float32[6]"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_THAT(bound->notes[0], AllOf(HasSubstr("native trees ("), HasSubstr("3 trees of depth 5"),
                                     HasSubstr("XGBoost binary:logistic")));
}

TEST_F(infer_test, gives_all_classes_of_trees_in_one_column) {
  const auto bound = bind(scoring("lgb_multiclass.txt"), schema_of({{"v", "float32[6]"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->outputs[0].schema->fields().back().type, *core::parse_data_type("float32[3]"));
}

TEST_F(infer_test, counts_the_features_of_trees) {
  EXPECT_FALSE(bind(scoring("xgb_binary.json"), schema_of({{"v", "float32[5]"}})).has_value());
  EXPECT_THAT(finding(), HasSubstr("the model takes 6 numbers, but the features give 5"));
}

TEST_F(infer_test, passes_missing_values_to_trees_only) {
  dir.write("m.onnx", sum_file(6));
  infer_config config;
  config.list("features", {"v"}).set("output", "score").set("missing", "pass");
  EXPECT_FALSE(bind(config, schema_of({{"v", "float32[6]"}})).has_value());
  EXPECT_THAT(finding(), HasSubstr("this model has no rule for missing values"));
}

TEST_F(infer_test, refuses_openvino_for_files_of_xgboost) {
  EXPECT_FALSE(
      bind(scoring("xgb_binary.json").set("backend", "openvino"), schema_of({{"v", "float32[6]"}}))
          .has_value());
  EXPECT_THAT(finding(), HasSubstr("OpenVINO runs ONNX files only"));
}

} // namespace
} // namespace lepton::tests
