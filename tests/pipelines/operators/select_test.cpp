#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

table three_columns() {
  return table{}.add("a", "int64", {1}).add("b", "int64", {2}).add("c", "int64", {3});
}

std::vector<std::string> selected(std::string_view fields) {
  const auto input = three_columns();
  return tested_operator{"type: select, " + std::string{fields}, input}
      .run(input.batch())
      .rows.at(0);
}

std::string select_findings(std::string_view fields) {
  return operator_findings("type: select, " + std::string{fields}, three_columns());
}

} // namespace

TEST(select, keeps_columns_in_the_order_of_the_list) {
  EXPECT_THAT(selected("columns: [c, a]"), ElementsAre("c=3 a=1"));
}

TEST(select, leaves_columns_out) {
  EXPECT_THAT(selected("except: [b]"), ElementsAre("a=1 c=3"));
}

TEST(select, renames_columns) {
  EXPECT_THAT(selected("rename: {a: x}"), ElementsAre("x=1 b=2 c=3"));
  EXPECT_THAT(selected("columns: [b, a], rename: {a: x}"), ElementsAre("b=2 x=1"));
  EXPECT_THAT(selected("rename: {a: b, b: a}"), ElementsAre("b=1 a=2 c=3"));
}

TEST(select, shares_the_values) {
  const auto input = three_columns();
  const auto batch = input.batch();
  const auto out = tested_operator{"type: select, columns: [b]", input}.run(batch);
  EXPECT_EQ(out.batches[0]->columns[0], batch->columns[1]);
}

TEST(select, reads_the_columns_that_it_renames_so_that_they_are_not_pruned) {
  started_pipeline p{"pipeline: t\n"
                     "sources: {in: {type: rows, schema: {a: int64, b: int64}}}\n"
                     "transforms: {op: {type: select, inputs: [in], rename: {a: x}}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: x}}\n"};
  const auto out =
      p.run_raw("in", table_records(table{}.add("a", "int64", {1}).add("b", "int64", {2})));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_THAT(show(*out[0].rows), ElementsAre("x=1"));
}

TEST(select, reports_what_does_not_fit) {
  EXPECT_THAT(select_findings("columns: [aa]"), HasSubstr("there is no column 'aa'"));
  EXPECT_THAT(select_findings("columns: [a, a]"), HasSubstr("'a' stands here twice"));
  EXPECT_THAT(select_findings("columns: [a], except: [b]"), HasSubstr("exclude each other"));
  EXPECT_THAT(select_findings("rename: {a: b}"), HasSubstr("two columns would be called 'b'"));
  EXPECT_THAT(select_findings("columns: [b], rename: {a: x}"), HasSubstr("'a' is left out"));
  EXPECT_THAT(select_findings("except: [a, b, c]"), HasSubstr("no column is left"));
  EXPECT_THAT(operator_findings("type: select", three_columns()),
              HasSubstr("needs 'columns', 'except' or 'rename'"));
}

} // namespace lepton::pipelines::testing
