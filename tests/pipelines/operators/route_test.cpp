#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

table speeds() {
  return table{}.add("v", "int64?", {-1, 50, 300, null, 120});
}

} // namespace

TEST(route, sends_each_row_to_the_first_route_that_takes_it) {
  const auto input = speeds();
  tested_operator op{"type: route, routes: {slow: 'v < 100', known: 'has(v)', rest: 'true'}", input,
                     "['op.*']"};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("v=-1", "v=50"));
  EXPECT_THAT(out.rows.at(1), ElementsAre("v=300", "v=120"));
  EXPECT_THAT(out.rows.at(2), ElementsAre("v=null"));
}

TEST(route, sends_rows_to_every_route_that_takes_them_when_asked) {
  const auto input = speeds();
  tested_operator op{"type: route, match: all, routes: {low: 'v < 100', not_high: 'v < 200'}",
                     input, "['op.*']"};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("v=-1", "v=50"));
  EXPECT_THAT(out.rows.at(1), ElementsAre("v=-1", "v=50", "v=120"));
  EXPECT_THAT(out.rows.at(2), ElementsAre("v=300", "v=null"));
}

TEST(route, names_the_rest_unmatched) {
  const auto input = speeds();
  tested_operator op{"type: route, routes: {low: 'v < 100'}", input, "['op.low', 'op._unmatched']"};
  EXPECT_EQ(op.bound().outputs[1].name, "_unmatched");
  EXPECT_THAT(op.run(input.batch()).rows.at(1), ElementsAre("v=300", "v=null", "v=120"));
}

TEST(route, has_no_unmatched_output_where_nothing_is_left_or_wanted) {
  const auto input = speeds();
  tested_operator all{"type: route, routes: {low: 'v < 100', rest: '1 < 2'}", input, "['op.*']"};
  EXPECT_EQ(all.bound().outputs.size(), 2U);
  tested_operator none{"type: route, reroute_unmatched: false, routes: {low: 'v < 100'}", input,
                       "['op.*']"};
  EXPECT_EQ(none.bound().outputs.size(), 1U);
  EXPECT_EQ(none.run(input.batch()).dropped.at("unmatched"), 3);
}

TEST(route, hands_a_batch_on_as_it_is_when_one_route_takes_all) {
  const auto input = speeds();
  tested_operator op{"type: route, routes: {rest: 'true'}", input, "['op.*']"};
  const auto batch = input.batch();
  EXPECT_EQ(op.run(batch).batches.at(0), batch);
}

TEST(route, fails_a_row_only_where_no_earlier_route_took_it) {
  const auto input = table{}.add("a", "int64", {0, 1, 0}).add("b", "bool", {true, true, false});
  tested_operator op{"type: route, routes: {first: b, second: '4 / a > 1'}", input, "['op.*']"};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=0 b=true", "a=1 b=true"));
  EXPECT_THAT(out.failed, ElementsAre("2: integer division by zero in `routes.second`"));
  EXPECT_EQ(out.rows.count(2), 0U);
}

TEST(route, lets_a_failed_row_out_only_by_the_error_output) {
  const auto input = table{}.add("a", "int64", {0, 1});
  tested_operator op{"type: route, match: all, routes: {one: 'a >= 0', two: '4 / a > 1', three: "
                     "'a == 0'}",
                     input, "['op.*']"};
  const auto out = op.run(input.batch());
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=1"));
  EXPECT_THAT(out.rows.at(1), ElementsAre("a=1"));
  EXPECT_EQ(out.rows.count(2), 0U);
  EXPECT_THAT(out.failed, ElementsAre("0: integer division by zero in `routes.two`"));
}

TEST(route, counts_rows_of_an_output_that_nobody_reads) {
  started_pipeline p{"pipeline: t\n"
                     "sources: {in: {type: rows, schema: {v: int64}}}\n"
                     "transforms: {op: {type: route, inputs: [in], routes: {low: 'v < 100'}}}\n"
                     "sinks: {out: {type: nothing, inputs: [op.low], key: v}}\n"};
  (void)p.run_raw("in", table_records(table{}.add("v", "int64", {1, 500, 600})));
  EXPECT_EQ(p.count(core::metric::records_dropped, "op", "unconsumed"), 2);
}

TEST(route, reports_bad_names_and_routes_without_rows) {
  const auto input = speeds();
  EXPECT_THAT(operator_findings("type: route, routes: {errors: 'true'}", input),
              HasSubstr("an output cannot be called 'errors'"));
  EXPECT_THAT(operator_findings("type: route, routes: {a.b: 'true'}", input),
              HasSubstr("no dot and no star"));
  const std::string late = "type: route, routes: {all: 'true', late: 'v > 1'}";
  EXPECT_THAT(operator_findings(late, input), HasSubstr("'late' never gets a row"));
  EXPECT_THAT(operator_findings(late + ", match: all", input), Not(HasSubstr("never gets a row")));
}

} // namespace lepton::pipelines::testing
