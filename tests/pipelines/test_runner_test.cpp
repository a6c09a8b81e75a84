#include "pipelines/test_runner.hpp"

#include "pipelines/test_runner_checks.hpp"
#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::HasSubstr;
using ::testing::Not;

namespace {

/// JSON in, two operators, a sink; `tests` in YAML below it.
std::vector<test_outcome> outcomes(const std::string& tests, const std::string& source_extra = "") {
  return run_tests(
      checked("pipeline: t\n"
              "sources:\n"
              "  tx:\n"
              "    type: lines\n"
              "    decode: {format: json, schema: {id: string, amount: float64, "
              "lat: {type: float64, path: loc.lat, required: false}, "
              "limit: {type: float64, required: false, default: 50}}}\n" +
              source_extra +
              "transforms:\n"
              "  more: {type: derive, inputs: [tx], columns: {double: 'amount * 2.0', "
              "whole: '100 / int(amount)'}}\n"
              "  high: {type: filter, inputs: [more], where: 'double > limit'}\n"
              "sinks:\n"
              "  out: {type: texts, inputs: [high], encode: {format: text, column: id}}\n"
              "tests:\n" +
              tests));
}

test_outcome outcome(const std::string& test) {
  const auto all = outcomes("  - {name: one, " + test + "}\n");
  EXPECT_EQ(all.size(), 1U);
  return all.at(0);
}

const std::string insert_two = "insert: {tx: [{id: a, amount: 10}, {id: b, amount: 30}]}, ";

} // namespace

TEST(test_runner, passes_what_holds) {
  const auto all = outcomes("  - {name: first, " + insert_two +
                            "expect: {more: [\"double == amount * 2.0\", \"limit == 50.0\"], "
                            "high: {count: 1, conditions: [\"id == 'b'\"]}}}\n"
                            "  - {name: second, " +
                            insert_two + "expect: {high: {count: 1}}}\n");
  ASSERT_EQ(all.size(), 2U);
  for (const auto& one : all)
    EXPECT_TRUE(one.passed) << one.message;
  EXPECT_EQ(all[1].name, "second");
  EXPECT_EQ(all[1].message, "");
}

TEST(test_runner, shows_the_row_that_does_not_fit) {
  const auto found = outcome(insert_two + "expect: {more: [\"double < 50.0\"]}");
  EXPECT_FALSE(found.passed);
  EXPECT_THAT(found.message,
              HasSubstr("`double < 50.0` is not true for row 2 of 'more': {id: b, amount: 30"));
  EXPECT_THAT(found.message, HasSubstr("double: 60"));
  EXPECT_GT(found.span.column, 60U);
}

TEST(test_runner, counts_rows) {
  const auto found = outcome(insert_two + "expect: {high: {count: 2}, more: {count: 1}}");
  EXPECT_THAT(found.message, HasSubstr("expected 2 rows from 'high', got 1"));
  EXPECT_THAT(found.message, HasSubstr("expected 1 row from 'more', got 2"));
}

TEST(test_runner, compares_rows_in_part) {
  EXPECT_TRUE(
      outcome(insert_two + "expect: {more: {rows: [{id: a}, {double: 60, lat: null}]}}").passed);
  const auto found = outcome(insert_two + "expect: {more: {rows: [{id: a}, {double: 61}]}}");
  EXPECT_THAT(found.message, HasSubstr("'double' is not as expected in this row of 'more'"));
}

TEST(test_runner, reads_nested_and_quoted_values_as_json_does) {
  const auto found = outcome("insert: {tx: [{id: 12, amount: 1e1, loc: {lat: -3.5}, limit: 0}]}, "
                             "expect: {high: [\"id == '12' && lat == -3.5 && amount == 10.0\"]}");
  EXPECT_TRUE(found.passed) << found.message;
}

TEST(test_runner, does_not_let_conditions_pass_without_a_row) {
  const auto found =
      outcome("insert: {tx: [{id: a, amount: 1}]}, expect: {high: [\"double > 1.0\"]}");
  EXPECT_THAT(found.message, HasSubstr("no row came out of 'high'"));
}

TEST(test_runner, says_why_rows_are_missing) {
  const auto stopped = outcome("insert: {tx: [{id: a}]}, expect: {more: {count: 1}}");
  EXPECT_THAT(stopped.message, HasSubstr("the pipeline would stop: source `tx`"));
  EXPECT_THAT(stopped.message, HasSubstr("amount"));
}

TEST(test_runner, gives_error_streams_their_rows_whatever_on_error_says) {
  const auto found =
      outcome("insert: {tx: [{id: a, amount: 0}, {id: b, amount: text}, {id: c, amount: 5}]}, "
              "expect: {more.errors: [\"reason.contains('zero')\"], "
              "tx.errors: {count: 1}, more: {count: 1}}");
  EXPECT_TRUE(found.passed) << found.message;
}

TEST(test_runner, takes_typed_rows_of_sources_that_bring_their_decoder) {
  const auto run = [](const std::string& rows, const std::string& expect) {
    return run_tests(
               checked("pipeline: t\n"
                       "sources: {in: {type: rows, schema: {a: int64, s: {type: string, required: "
                       "false}, f: 'float32[2]', t: timestamp_ms, b: bool}}}\n"
                       "transforms: {x: {type: route, inputs: [in], routes: {low: 'a < 5'}}}\n"
                       "sinks: {out: {type: nothing, inputs: [x.low, x._unmatched]}}\n"
                       "tests:\n"
                       "  - {name: n, insert: {in: " +
                       rows + "}, expect: " + expect + "}\n"))
        .at(0);
  };
  const std::string row = "{a: 1, f: [1, 2.5], t: '2024-02-29T00:00:00Z', b: true}";
  const auto good =
      run("[" + row + ", {a: 7, s: x, f: [0, 0], t: 5, b: false}]",
          "{x.low: {rows: [{a: 1, s: null, f: [1, 2.5], t: 1709164800000, b: true}]}, "
          "x._unmatched: [\"s == 'x' && !b\"]}");
  EXPECT_TRUE(good.passed) << good.message;
  EXPECT_THAT(run("[{a: 1}]", "{x.low: {count: 1}}").message,
              HasSubstr("row 1 of 'in': the column 'f' needs a value"));
  EXPECT_THAT(run("[" + row + ", {aa: 1}]", "{x.low: {count: 1}}").message,
              HasSubstr("row 2 of 'in': there is no column 'aa'"));
  EXPECT_THAT(run("[{a: 1.5, f: [1, 1], t: 1, b: true}]", "{x.low: {count: 1}}").message,
              HasSubstr("'a' does not fit: the column is int64"));
}

TEST(test_runner, reports_expectations_that_make_no_sense) {
  const auto unmet = [](const char* key, core::value item) {
    const auto rows = table{}.add("a", "int64", {1}).batch();
    const core::value_entry entry{"s", {}, {core::value_map{{key, {}, std::move(item)}}, {}}};
    const auto found = check_stream(entry, {"s", rows->schema, {rows}});
    return found.empty() ? "" : found.front().message;
  };
  const auto text = [](const char* value) { return core::value{std::string{value}, {}}; };
  const auto list = [](core::value item) { return core::value{core::value_list{item}, {}}; };
  EXPECT_EQ(unmet("count", text("1")), "");
  EXPECT_THAT(unmet("count", text("many")), HasSubstr("'count' must be a whole number"));
  EXPECT_THAT(unmet("counts", text("1")), HasSubstr("'counts' is no expectation"));
  EXPECT_THAT(unmet("conditions", list(text("aa > 1"))), HasSubstr("no column `aa`"));
  EXPECT_THAT(unmet("conditions", list(text("a + 1"))), HasSubstr("a condition must be bool"));
  EXPECT_THAT(unmet("conditions", list(text("1 / (a - 1) > 0"))), HasSubstr("division by zero"));
  EXPECT_THAT(unmet("rows", list({core::value_map{{"b", {}, text("1")}}, {}})),
              HasSubstr("'s' has no column 'b'"));
  EXPECT_THAT(unmet("rows", list(text("1"))), HasSubstr("a row is a mapping"));
}

TEST(test_runner, runs_a_pipeline_with_routes_defaults_and_features) {
  const auto all = run_tests(checked(
      "pipeline: traffic\n"
      "sources:\n"
      "  sensors:\n"
      "    type: lines\n"
      "    decode:\n"
      "      format: json\n"
      "      schema: {sensor_id: int64, ts: timestamp_ms, speed: float64, limit: {type: float64, "
      "required: false, default: 50}}\n"
      "transforms:\n"
      "  plausible: {type: route, inputs: [sensors], routes: {broken: 'speed < 0.0', good: "
      "'true'}}\n"
      "  features:\n"
      "    type: derive\n"
      "    inputs: [plausible.good]\n"
      "    columns: {relative_speed: 'speed / max(limit, 1.0)', hour: 'double(hour(ts)) / 24.0'}\n"
      "  congestion: {type: model, inputs: [features]}\n"
      "  alarms: {type: filter, inputs: [congestion], where: 'relative_speed < 0.2'}\n"
      "sinks:\n"
      "  out: {type: texts, inputs: [alarms, plausible.broken], encode: {format: text, column: "
      "sensor_id}}\n"
      "tests:\n"
      "  - name: slow traffic is an alarm\n"
      "    insert:\n"
      "      sensors:\n"
      "        - {sensor_id: 1, ts: '2024-02-29T12:00:00Z', speed: 5}\n"
      "        - {sensor_id: 2, ts: 1709208000000, speed: 45}\n"
      "        - {sensor_id: 3, ts: 0, speed: -1}\n"
      "        - {sensor_id: 4, ts: 0, speed: 5, limit: 10}\n"
      "    expect:\n"
      "      alarms: {rows: [{sensor_id: 1, relative_speed: 0.1, hour: 0.5, calls: 1}]}\n"
      "      plausible.broken: [\"sensor_id == 3\"]\n"
      "      features: {count: 3}\n"));
  EXPECT_TRUE(all.at(0).passed) << all.at(0).message;
}

TEST(test_runner, sees_columns_that_no_sink_reads) {
  EXPECT_TRUE(outcome(insert_two + "expect: {tx: [\"amount > 1.0\"]}").passed);
}

TEST(test_runner, sends_rows_that_a_sink_cannot_encode_to_its_errors) {
  const auto all = run_tests(checked(
      "pipeline: t\n"
      "sources: {in: {type: rows, schema: {a: {type: string, required: false}}}}\n"
      "sinks:\n"
      "  out: {type: texts, inputs: [in], encode: {format: text, column: a}}\n"
      "tests:\n"
      "  - {name: n, insert: {in: [{a: x}, {}]}, expect: {out.errors: [\"reason == 'null cannot be "
      "written'\"]}}\n"));
  EXPECT_TRUE(all.at(0).passed) << all.at(0).message;
}

} // namespace lepton::pipelines::testing
