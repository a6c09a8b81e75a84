#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(filter, passes_the_rows_that_fit_and_counts_the_others) {
  const auto input = table{}
                         .add("a", "float64?", {0.1, 0.95, null, 0.99})
                         .add("s", "string", {"w", "x", "y", "z"});
  tested_operator op{"type: filter, where: 'a > 0.9'", input};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=0.95 s=x", "a=0.99 s=z"));
  EXPECT_EQ(out.dropped.at("filtered"), 2);
  EXPECT_TRUE(out.failed.empty());
  EXPECT_THAT(op.bound().reads, ElementsAre("a"));
}

TEST(filter, hands_a_batch_on_as_it_is_when_every_row_passes) {
  const auto input = table{}.add("a", "int64", {1, 2});
  tested_operator op{"type: filter, where: 'a > 0'", input};
  const auto batch = input.batch();
  EXPECT_EQ(op.run(batch).batches.at(0), batch);
}

TEST(filter, emits_nothing_when_no_row_passes) {
  const auto input = table{}.add("a", "int64", {1, 2});
  tested_operator op{"type: filter, where: 'a > 9'", input};
  const auto out = op.run(input.batch());
  EXPECT_TRUE(out.batches.empty());
  EXPECT_EQ(out.dropped.at("filtered"), 2);
}

TEST(filter, does_not_count_failed_rows_as_filtered) {
  const auto input = table{}.add("a", "int64", {0, 1, 8});
  tested_operator op{"type: filter, where: '8 / a > 1'", input};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=1"));
  EXPECT_EQ(out.dropped.at("filtered"), 1);
  EXPECT_THAT(out.failed, ElementsAre("0: integer division by zero in `where`"));
}

TEST(filter, keeps_the_origin_of_its_rows) {
  started_pipeline p{"pipeline: t\n"
                     "sources: {in: {type: rows, schema: {a: int64}}}\n"
                     "transforms: {op: {type: filter, inputs: [in], where: 'a > 1'}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: a}}\n"};
  const auto out = p.run_raw("in", table_records(table{}.add("a", "int64", {1, 2, 0, 3})));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].rows->raw_row(0), 1);
  EXPECT_EQ(out[0].rows->raw_row(1), 3);
}

TEST(filter, leaves_pruned_columns_alone) {
  const auto input = table{}.add("a", "int64", {1, 2}).add("b", "int64", {3, 4});
  tested_operator op{"type: filter, where: 'a > 1'", input};
  auto columns = input.batch()->columns;
  columns[1] = nullptr;
  EXPECT_THAT(op.run(core::with_columns(*input.batch(), input.schema(), columns)).rows.at(0),
              ElementsAre("a=2"));
}

TEST(filter, refuses_what_is_no_condition) {
  const auto input = table{}.add("a", "int64", {1});
  EXPECT_THAT(operator_findings("type: filter, where: 'a + 1'", input),
              HasSubstr("a condition must be bool, found int"));
  EXPECT_THAT(operator_findings("type: filter", input), HasSubstr("needs 'where'"));
}

} // namespace lepton::pipelines::testing
