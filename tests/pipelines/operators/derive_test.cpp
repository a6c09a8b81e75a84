#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

table two_columns() {
  return table{}.add("a", "int64", {1, 2, 3}).add("b", "float64", {0.5, 1.5, 2.5});
}

} // namespace

TEST(derive, appends_columns_and_shares_the_others) {
  const auto input = two_columns();
  tested_operator op{"type: derive, columns: {c: 'a + 1', d: 'b * 2.0'}", input};
  const auto batch = input.batch();
  const auto out = op.run(batch);
  EXPECT_THAT(out.rows.at(0),
              ElementsAre("a=1 b=0.5 c=2 d=1", "a=2 b=1.5 c=3 d=3", "a=3 b=2.5 c=4 d=5"));
  EXPECT_EQ(out.batches[0]->columns[0], batch->columns[0]);
  EXPECT_EQ(out.batches[0]->columns[1], batch->columns[1]);
  EXPECT_THAT(op.bound().reads, ElementsAre("a", "b"));
}

TEST(derive, lets_an_expression_see_the_columns_above_it) {
  const auto input = two_columns();
  tested_operator op{"type: derive, columns: {c: 'a * 10', d: 'c + a'}", input};
  EXPECT_THAT(op.run(input.batch()).rows.at(0),
              ElementsAre("a=1 b=0.5 c=10 d=11", "a=2 b=1.5 c=20 d=22", "a=3 b=2.5 c=30 d=33"));
  EXPECT_THAT(op.bound().reads, ElementsAre("a"));
  EXPECT_THAT(operator_findings("type: derive, columns: {d: 'c + a', c: 'a'}", input),
              HasSubstr("`c`"));
}

TEST(derive, replaces_a_column_in_its_place_with_another_type) {
  const auto input = two_columns();
  tested_operator op{"type: derive, columns: {a: 'string(a)', c: 'a + \"!\"'}", input};
  EXPECT_THAT(op.run(input.batch()).rows.at(0),
              ElementsAre("a=1 b=0.5 c=1!", "a=2 b=1.5 c=2!", "a=3 b=2.5 c=3!"));
  EXPECT_EQ(op.bound().outputs[0].schema->fields()[0].type.id, core::type_id::string);
}

TEST(derive, gives_columns_the_type_and_nullability_of_their_expressions) {
  const auto input = table{}.add("a", "int32?", {1, null});
  tested_operator op{"type: derive, columns: {same: a, sum: 'a + 1', sure: 'coalesce(a, 0)'}",
                     input};
  const auto& schema = *op.bound().outputs[0].schema;
  EXPECT_EQ(schema[1], (core::field{"same", {core::type_id::int32, 0}, true}));
  EXPECT_EQ(schema[2], (core::field{"sum", {core::type_id::int64, 0}, true}));
  EXPECT_EQ(schema[3], (core::field{"sure", {core::type_id::int64, 0}, false}));
}

TEST(derive, sends_failed_rows_to_the_error_output_once) {
  const auto input = table{}.add("a", "int64", {0, 1, 2, 0});
  tested_operator op{"type: derive, columns: {x: '4 / a', y: 'x % a', z: 'a + 1'}", input};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=1 x=4 y=0 z=2", "a=2 x=2 y=0 z=3"));
  EXPECT_THAT(out.failed, ElementsAre("0: integer division by zero in `columns.x`",
                                      "3: integer division by zero in `columns.x`"));
}

TEST(derive, emits_nothing_when_every_row_fails) {
  const auto input = table{}.add("a", "int64", {0});
  tested_operator op{"type: derive, columns: {x: '4 / a'}", input};
  const auto out = op.run(input.batch());
  EXPECT_TRUE(out.batches.empty());
  EXPECT_EQ(out.failed.size(), 1U);
}

TEST(derive, leaves_pruned_columns_alone) {
  const auto input = two_columns();
  tested_operator op{"type: derive, columns: {c: 'a + 1'}", input};
  auto columns = input.batch()->columns;
  columns[1] = nullptr;
  const auto out = op.run(core::with_columns(*input.batch(), input.schema(), columns));
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=1 c=2", "a=2 c=3", "a=3 c=4"));
}

TEST(derive, works_on_a_batch_without_rows) {
  const auto input = table{}.add("a", "int64", {});
  tested_operator op{"type: derive, columns: {x: '4 / a'}", input};
  const auto out = op.run(input.batch());
  EXPECT_TRUE(out.failed.empty());
}

TEST(derive, reports_every_bad_expression_at_its_place) {
  const auto found =
      operator_findings("type: derive, columns: {x: 'aa + 1', y: 'a + \"s\"'}", two_columns());
  EXPECT_THAT(found, HasSubstr("test.yaml:4:"));
  EXPECT_THAT(found, HasSubstr("aa"));
  EXPECT_THAT(found, HasSubstr("int and string"));
}

} // namespace lepton::pipelines::testing
