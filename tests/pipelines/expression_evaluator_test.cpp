// The evaluator: chunks, what it reads and what it gives back.
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;

namespace {

compiled_expression compiled(std::string_view text, const core::schema& schema) {
  core::diagnostics found;
  auto out = compile(text, schema, {}, found);
  EXPECT_TRUE(out.has_value()) << core::render(found, "", "");
  return *out;
}

/// `rows` rows: a = 0, 1, 2, ..., null in every seventh row.
table counting(std::int64_t rows) {
  std::vector<cell> cells;
  for (std::int64_t i = 0; i < rows; ++i)
    cells.push_back(i % 7 == 6 ? cell{null} : cell{i});
  return table{}.add("a", "int64?", cells);
}

} // namespace

TEST(expression_evaluator, works_on_batches_of_any_size) {
  for (const std::int64_t rows : {0, 1, 63, 64, 1023, 1024, 1025, 5000}) {
    const auto t = counting(rows);
    const auto out = evaluate("a % 10 == 3 ? 'three' : string(a)", t);
    ASSERT_EQ(out.size(), static_cast<std::size_t>(rows));
    for (std::int64_t i = 0; i < rows; ++i)
      ASSERT_EQ(out[i], i % 7 == 6 ? "null" : i % 10 == 3 ? "three" : std::to_string(i)) << i;
  }
}

TEST(expression_evaluator, counts_failed_rows_across_chunks) {
  const auto t = counting(3000);
  expression_evaluator evaluator{compiled("10 / (a % 1000)", *t.schema())};
  std::vector<core::row_error> errors;
  const auto column = evaluator.evaluate(*t.batch(), errors);
  ASSERT_EQ(errors.size(), 2U); // row 1000 is null
  EXPECT_EQ(errors[0].row, 0);
  EXPECT_EQ(errors[1].row, 2000);
  EXPECT_EQ(column->null_count, 3000 / 7);
}

TEST(expression_evaluator, gives_a_column_back_as_it_is) {
  const auto t = table{}.add("a", "float32[2]", {std::vector<float>{1, 2}}).add("b", "int32", {1});
  const auto batch = t.batch();
  std::vector<core::row_error> errors;
  expression_evaluator list{compiled("a", *t.schema())};
  EXPECT_EQ(list.evaluate(*batch, errors), batch->columns[0]);
  EXPECT_EQ(compiled("b", *t.schema()).type(), (core::data_type{core::type_id::int32, 0}));
  EXPECT_EQ(compiled("b + 0", *t.schema()).type(), (core::data_type{core::type_id::int64, 0}));
}

TEST(expression_evaluator, reads_only_the_columns_that_matter) {
  const auto t = table{}
                     .add("a", "int64", {1})
                     .add("b", "int64", {2})
                     .add("c", "int64", {3})
                     .add("d", "bool", {true});
  EXPECT_THAT(compiled("c + a + c", *t.schema()).columns(), ElementsAre("c", "a"));
  EXPECT_THAT(compiled("true ? a : b", *t.schema()).columns(), ElementsAre("a"));
  EXPECT_THAT(compiled("false && d", *t.schema()).columns(), ElementsAre());
  EXPECT_THAT(compiled("coalesce(a, b)", *t.schema()).columns(), ElementsAre("a"));
  auto columns = t.batch()->columns;
  columns[1] = nullptr; // pruned
  std::vector<core::row_error> errors;
  expression_evaluator sum{compiled("c + a", *t.schema())};
  EXPECT_EQ(show(*sum.evaluate(columns, 1, errors), 0), "4");
}

TEST(expression_evaluator, fills_columns_with_constants) {
  const auto t = counting(3);
  EXPECT_THAT(evaluate("1 + 1", t), ElementsAre("2", "2", "2"));
  EXPECT_THAT(evaluate("1.5", t), ElementsAre("1.5", "1.5", "1.5"));
  EXPECT_THAT(evaluate("true", t), ElementsAre("true", "true", "true"));
  EXPECT_THAT(evaluate("'x' + 'y'", t), ElementsAre("xy", "xy", "xy"));
  EXPECT_THAT(evaluate("true ? null : 1", t), ElementsAre("null", "null", "null"));
  EXPECT_THAT(evaluate("(true ? null : 1) + a", t), ElementsAre("null", "null", "null"));
  EXPECT_THAT(evaluate("(true ? null : false) && a == 1", t),
              ElementsAre("false", "null", "false"));
  EXPECT_EQ(type_of("true ? null : 1", t), "int64?");
}

TEST(expression_evaluator, can_be_used_again) {
  const auto t = counting(2000);
  expression_evaluator evaluator{compiled("string(a) + '!'", *t.schema())};
  std::vector<core::row_error> errors;
  const auto first = evaluator.evaluate(*t.batch(), errors);
  const auto again = evaluator.evaluate(*counting(10).batch(), errors);
  EXPECT_EQ(show(*first, 1999), "1999!");
  EXPECT_EQ(show(*again, 9), "9!");
  EXPECT_EQ(again->rows, 10);
}

TEST(expression_evaluator, is_shared_between_workers) {
  const auto t = counting(2000);
  const auto shared = compiled("a * 2 + (a > 5 ? 1 : 0)", *t.schema());
  expression_evaluator one{shared};
  expression_evaluator two{shared};
  std::vector<core::row_error> errors;
  EXPECT_EQ(show(*one.evaluate(*t.batch(), errors), 999), "1999");
  EXPECT_EQ(show(*two.evaluate(*t.batch(), errors), 999), "1999");
}

TEST(expression_evaluator, takes_every_row_of_an_all_true_predicate) {
  const auto t = counting(1500);
  expression_evaluator evaluator{compiled("coalesce(a, 0) >= 0", *t.schema())};
  std::vector<core::row_error> errors;
  EXPECT_EQ(evaluator.evaluate_predicate(*t.batch(), errors).size(), 1500U);
}

} // namespace lepton::pipelines::testing
