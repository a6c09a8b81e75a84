// What null and failed rows do.
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;

namespace {
const std::string by_zero = "! integer division by zero in `x`";
} // namespace

TEST(expression_null, passes_through_operators_and_functions) {
  const auto t = table{}
                     .add("a", "int64?", {1, null})
                     .add("d", "float64?", {0.5, null})
                     .add("s", "string?", {"x", null})
                     .add("b", "bool?", {true, null})
                     .add("t", "timestamp_ms?", {0, null});
  EXPECT_THAT(evaluate("a + 1", t), ElementsAre("2", "null"));
  EXPECT_THAT(evaluate("1 - a", t), ElementsAre("0", "null"));
  EXPECT_THAT(evaluate("1 / a", t), ElementsAre("1", "null"));
  EXPECT_THAT(evaluate("-d", t), ElementsAre("-0.5", "null"));
  EXPECT_THAT(evaluate("a == a", t), ElementsAre("true", "null"));
  EXPECT_THAT(evaluate("s + 'y'", t), ElementsAre("xy", "null"));
  EXPECT_THAT(evaluate("s.size()", t), ElementsAre("1", "null"));
  EXPECT_THAT(evaluate("int(s.replace('x', '1'))", t), ElementsAre("1", "null"));
  EXPECT_THAT(evaluate("hour(t)", t), ElementsAre("0", "null"));
  EXPECT_THAT(evaluate("!b", t), ElementsAre("false", "null"));
  EXPECT_THAT(evaluate("string(t)", t), ElementsAre("1970-01-01T00:00:00Z", "null"));
  EXPECT_EQ(type_of("a + 1", t), "int64?");
}

TEST(expression_null, is_three_valued_in_logic) {
  const auto t = table{}
                     .add("a", "bool?", {true, true, true, false, false, false, null, null, null})
                     .add("b", "bool?", {true, false, null, true, false, null, true, false, null});
  EXPECT_THAT(evaluate("a && b", t), ElementsAre("true", "false", "null", "false", "false", "false",
                                                 "null", "false", "null"));
  EXPECT_THAT(evaluate("a || b", t),
              ElementsAre("true", "true", "true", "true", "false", "null", "true", "null", "null"));
  EXPECT_THAT(evaluate("!a || b", t),
              ElementsAre("true", "false", "null", "true", "true", "true", "true", "null", "null"));
}

TEST(expression_null, decides_the_choice_when_it_is_the_condition) {
  const auto t = table{}.add("a", "bool?", {true, false, null}).add("n", "int64?", {null, 2, 3});
  EXPECT_THAT(evaluate("a ? 1 : 2", t), ElementsAre("1", "2", "null"));
  EXPECT_THAT(evaluate("a ? n : 7", t), ElementsAre("null", "7", "null"));
  EXPECT_THAT(evaluate("a ? 7 : n", t), ElementsAre("7", "2", "null"));
  EXPECT_THAT(evaluate("a ? null : n", t), ElementsAre("null", "2", "null"));
  EXPECT_THAT(evaluate("a ? n : null", t), ElementsAre("null", "null", "null"));
  EXPECT_EQ(type_of("a ? 'x' : null", t), "string?");
  EXPECT_THAT(evaluate("a ? 'x' : null", t), ElementsAre("x", "null", "null"));
}

TEST(expression_null, can_be_tested_and_replaced) {
  const auto t = table{}.add("a", "int64?", {1, null}).add("b", "int64?", {null, null});
  EXPECT_THAT(evaluate("is_null(a)", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("has(a)", t), ElementsAre("true", "false"));
  EXPECT_EQ(type_of("has(a)", t), "bool");
  EXPECT_THAT(evaluate("a == null", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("null != a", t), ElementsAre("true", "false"));
  EXPECT_THAT(evaluate("coalesce(a, 9)", t), ElementsAre("1", "9"));
  EXPECT_EQ(type_of("coalesce(a, 9)", t), "int64");
  EXPECT_THAT(evaluate("coalesce(b, a)", t), ElementsAre("1", "null"));
  EXPECT_THAT(evaluate("coalesce(b, a, 0.5)", t), ElementsAre("1", "0.5"));
  EXPECT_EQ(type_of("coalesce(b, a)", t), "int64?");
  EXPECT_EQ(constant("is_null(null)"), "true");
  EXPECT_EQ(constant("coalesce(null, 3)"), "3");
  const auto s = table{}.add("s", "string?", {"x", null});
  EXPECT_THAT(evaluate("coalesce(s, 'none') + '!'", s), ElementsAre("x!", "none!"));
}

TEST(expression_null, counts_as_false_in_a_predicate) {
  const auto t = table{}.add("a", "int64?", {5, null, 1, null, 7});
  core::diagnostics found;
  const auto compiled = compile("a > 2", *t.schema(), {}, found);
  ASSERT_TRUE(compiled);
  expression_evaluator evaluator{*compiled};
  std::vector<core::row_error> errors;
  EXPECT_THAT(evaluator.evaluate_predicate(*t.batch(), errors), ElementsAre(0, 4));
  EXPECT_TRUE(errors.empty());
}

TEST(expression_failure, stays_in_its_row) {
  const auto t = table{}.add("a", "int64?", {0, 1, null, 0, 2});
  EXPECT_THAT(evaluate("4 / a", t), ElementsAre(by_zero, "4", "null", by_zero, "2"));
  EXPECT_THAT(evaluate("4 / a + 1", t), ElementsAre(by_zero, "5", "null", by_zero, "3"));
  EXPECT_THAT(evaluate("string(4 / a)", t), ElementsAre(by_zero, "4", "null", by_zero, "2"));
  EXPECT_THAT(evaluate("is_null(4 / a)", t),
              ElementsAre(by_zero, "false", "true", by_zero, "false"));
}

TEST(expression_failure, does_not_count_where_the_value_is_not_used) {
  const auto t = table{}.add("a", "int64", {0, 2}).add("n", "int64?", {null, 1});
  EXPECT_THAT(evaluate("a != 0 ? 10 / a : -1", t), ElementsAre("-1", "5"));
  EXPECT_THAT(evaluate("a == 0 ? 10 / a : -1", t), ElementsAre(by_zero, "-1"));
  EXPECT_THAT(evaluate("a != 0 && 10 / a > 1", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("a == 0 || 10 / a > 1", t), ElementsAre("true", "true"));
  EXPECT_THAT(evaluate("10 / a > 1 && a != 0", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("10 / a > 1 || a == 0", t), ElementsAre("true", "true"));
  EXPECT_THAT(evaluate("a == 0 && 10 / a > 1", t), ElementsAre(by_zero, "false"));
  EXPECT_THAT(evaluate("coalesce(n, 1 / a)", t), ElementsAre(by_zero, "1"));
  EXPECT_THAT(evaluate("coalesce(n, 7)", t), ElementsAre("7", "1"));
  EXPECT_THAT(evaluate("coalesce(a, 1 / a)", t), ElementsAre("0", "2"));
}

TEST(expression_failure, beats_null) {
  const auto t = table{}.add("a", "int64", {0}).add("n", "int64?", {null});
  EXPECT_THAT(evaluate("n + 1 / a", t), ElementsAre(by_zero));
  EXPECT_THAT(evaluate("n > 0 && 1 / a > 0", t), ElementsAre(by_zero));
  EXPECT_THAT(evaluate("n > 0 ? 1 / a : 1", t), ElementsAre("null"));
}

TEST(expression_failure, leaves_predicates_without_the_row) {
  const auto t = table{}.add("a", "int64", {0, 1, 2, 0});
  core::diagnostics found;
  const auto compiled = compile("2 / a > 1", *t.schema(), {}, found, "where");
  ASSERT_TRUE(compiled);
  expression_evaluator evaluator{*compiled};
  std::vector<core::row_error> errors;
  EXPECT_THAT(evaluator.evaluate_predicate(*t.batch(), errors), ElementsAre(1));
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].row, 0);
  EXPECT_EQ(errors[1].row, 3);
  EXPECT_EQ(errors[1].reason, "integer division by zero in `where`");
}

} // namespace lepton::pipelines::testing
