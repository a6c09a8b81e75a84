#include "tests/kernels/infer/infer_fixture.hpp"

#include <gmock/gmock.h>

namespace lepton::tests {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

core::schema_ptr input() {
  return schema_of({{"id", "string"}, {"amount", "float64"}, {"f", "float32[28]"}});
}

infer_config good() {
  infer_config config;
  config.list("features", {"f", "amount"}).set("output", "score");
  return config;
}

class infer_diagnostics : public infer_test {
protected:
  infer_diagnostics() { dir.write("m.onnx", mlp_file({29, 4, 2})); }

  std::string finding_of(const infer_config& config) {
    EXPECT_FALSE(bind(config, input()).has_value());
    return finding();
  }
};

TEST_F(infer_diagnostics, finds_nothing_in_a_good_configuration) {
  EXPECT_TRUE(bind(good(), input()).has_value());
  EXPECT_TRUE(findings.all().empty());
}

TEST_F(infer_diagnostics, suggests_the_column_that_was_meant) {
  EXPECT_EQ(finding_of(good().list("features", {"f", "amont"})),
            "there is no column `amont` | did you mean `amount`?");
}

TEST_F(infer_diagnostics, refuses_text_as_a_feature) {
  EXPECT_THAT(finding_of(good().list("features", {"f", "id"})),
              HasSubstr("`id` is string; a model takes numbers"));
}

TEST_F(infer_diagnostics, counts_the_features_and_lists_them) {
  dir.write("m.onnx", mlp_file({30, 4, 1}));
  EXPECT_EQ(finding_of(good()), "the model takes 30 numbers, but the features give 29 | the "
                                "features are f (28), amount");
}

TEST_F(infer_diagnostics, counts_the_outputs) {
  infer_config config;
  config.list("features", {"f", "amount"}).list("outputs", {"a", "b", "c"});
  EXPECT_THAT(finding_of(config), HasSubstr("the model gives 2 numbers, but there are 3 names"));
}

TEST_F(infer_diagnostics, wants_one_kind_of_output) {
  EXPECT_THAT(finding_of(good().list("outputs", {"a", "b"})), HasSubstr("are both given"));
  infer_config none;
  none.list("features", {"f", "amount"});
  EXPECT_THAT(finding_of(none), AllOf(HasSubstr("the name of the new column is missing"),
                                      HasSubstr("output: score")));
}

TEST_F(infer_diagnostics, refuses_a_name_that_is_taken) {
  EXPECT_THAT(finding_of(good().set("output", "amount")), HasSubstr("already a column `amount`"));
}

TEST_F(infer_diagnostics, says_where_it_looked_for_the_model) {
  EXPECT_THAT(finding_of(good().set("model", "models/none.onnx")),
              AllOf(HasSubstr("models/none.onnx"), HasSubstr("No such file"),
                    HasSubstr("starts at the folder of this configuration file")));
}

TEST_F(infer_diagnostics, reads_a_model_from_an_absolute_path) {
  const temp_dir elsewhere;
  const auto path = elsewhere.write("other.onnx", mlp_file({29, 1}));
  EXPECT_TRUE(bind(good().set("model", path.string()), input()).has_value());
}

TEST_F(infer_diagnostics, refuses_cuda_with_a_remedy) {
  EXPECT_THAT(finding_of(good().set("device", "cuda")), HasSubstr("write `device: cpu`"));
}

TEST_F(infer_diagnostics, refuses_substitutes_that_have_no_effect_or_no_sense) {
  EXPECT_THAT(finding_of(good().set("impute", "1")), HasSubstr("add `missing: impute`"));
  EXPECT_THAT(finding_of(good().set("missing", "impute").set("impute", "many")),
              HasSubstr("this is no number"));
  EXPECT_THAT(finding_of(good().set("missing", "impute").map("impute", {{"amont", "1"}})),
              AllOf(HasSubstr("`amont` is not among the features"), HasSubstr("f (28), amount")));
}

TEST_F(infer_diagnostics, reports_all_that_is_wrong_at_once) {
  EXPECT_FALSE(bind(good()
                        .list("features", {"a", "id"})
                        .set("output", "amount")
                        .set("impute", "1")
                        .set("model", "none.onnx"),
                    input())
                   .has_value());
  EXPECT_EQ(findings.all().size(), 5u);
}

} // namespace
} // namespace lepton::tests
