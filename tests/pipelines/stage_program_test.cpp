#include "tests/pipelines/pipeline_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using core::metric;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

namespace {

const std::string source =
    "pipeline: t\nsources: {in: {type: rows, schema: {a: int64, b: int64}}}\n";

table rows_of(const std::vector<cell>& a) {
  return table{}.add("a", "int64", a).add("b", "int64", std::vector<cell>(a.size(), cell{0}));
}

std::vector<std::string> texts(const program_output& output) {
  std::vector<std::string> out;
  for (const auto& record : output.encoded->records)
    out.emplace_back(output.encoded->payload(record));
  return out;
}

} // namespace

TEST(stage_program, sends_a_stream_to_everyone_who_reads_it) {
  started_pipeline p{
      source + "transforms:\n"
               "  sum: {type: derive, inputs: [in], columns: {c: 'a + 1'}}\n"
               "  big: {type: filter, inputs: [sum], where: 'c > 2'}\n"
               "sinks:\n"
               "  one: {type: texts, inputs: [sum], encode: {format: text, column: c}}\n"
               "  two: {type: texts, inputs: [big], key: a, encode: {format: text, column: c}}\n"
               "  raw: {type: nothing, inputs: [in], key: a}\n"};
  EXPECT_EQ(p.plan.segments[0].name, "in+sum+big");
  const auto out = p.run_raw("in", table_records(rows_of({1, 2, 3})));
  std::map<std::string, std::vector<std::string>> seen;
  for (const auto& one : out)
    seen[p.exit_of("in", one)] = one.encoded ? texts(one) : show(*one.rows);
  EXPECT_THAT(seen.at("sum>one"), ElementsAre("2", "3", "4"));
  EXPECT_THAT(seen.at("big>two"), ElementsAre("3", "4"));
  EXPECT_THAT(seen.at("in>raw"), ElementsAre("a=1", "a=2", "a=3"));
  EXPECT_EQ(p.count(metric::records_in, "in"), 3);
  EXPECT_EQ(p.count(metric::records_out, "sum"), 3);
  EXPECT_EQ(p.count(metric::records_in, "big"), 3);
  EXPECT_EQ(p.count(metric::records_out, "big"), 2);
  EXPECT_EQ(p.count(metric::records_dropped, "big", "filtered"), 1);
}

TEST(stage_program, adds_keys_of_the_rows_that_were_written) {
  started_pipeline p{source +
                     "sinks: {out: {type: texts, inputs: [in], key: a, encode: {format: text, "
                     "column: b}}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({41, 42})));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].encoded->key(out[0].encoded->records[1]), "42");
  EXPECT_EQ(out[0].encoded->payload(out[0].encoded->records[1]), "0");
}

TEST(stage_program, prunes_columns_that_nobody_reads) {
  started_pipeline p{source + "sinks: {out: {type: nothing, inputs: [in], key: b}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({1})));
  EXPECT_THAT(show(*out.at(0).rows), ElementsAre("b=0"));
}

TEST(stage_program, routes_failed_rows_to_the_error_output) {
  started_pipeline p{source +
                     "transforms: {op: {type: derive, inputs: [in], columns: {c: '6 / a'}}}\n"
                     "sinks:\n"
                     "  out: {type: nothing, inputs: [op], key: c}\n"
                     "  dead: {type: texts, inputs: [in.errors, op.errors], encode: {format: text, "
                     "column: reason}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({0, 2, 3}), {2}));
  std::map<std::string, std::vector<std::string>> seen;
  for (const auto& one : out)
    seen[p.exit_of("in", one)] = one.encoded ? texts(one) : show(*one.rows);
  EXPECT_THAT(seen.at("op>out"), ElementsAre("c=3"));
  EXPECT_THAT(seen.at("in.errors>dead"), ElementsAre("broken"));
  EXPECT_THAT(seen.at("op.errors>dead"), ElementsAre("integer division by zero in `columns.c`"));
  EXPECT_EQ(p.count(metric::dead_lettered, "op"), 1);
  EXPECT_EQ(p.count(metric::errors, "in"), 1);
  EXPECT_FALSE(p.program("in").stop_reason());
}

TEST(stage_program, keeps_payload_and_place_in_error_rows) {
  started_pipeline p{source + "transforms: {op: {type: filter, inputs: [in], where: '6 / a > 1'}}\n"
                              "sinks: {out: {type: nothing, inputs: [op], key: a}, dead: {type: "
                              "texts, inputs: [op.errors], "
                              "key: offset, encode: {format: text, column: payload}}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({5, 0})));
  const auto& dead =
      *std::find_if(out.begin(), out.end(), [](const auto& o) { return bool(o.encoded); });
  EXPECT_THAT(texts(dead), ElementsAre("payload 1"));
  EXPECT_EQ(dead.encoded->key(dead.encoded->records[0]), "101");
}

TEST(stage_program, drops_failed_rows_when_told_to) {
  started_pipeline p{
      source +
      "transforms: {op: {type: derive, inputs: [in], on_error: drop, columns: {c: '6 / a'}}}\n"
      "sinks: {out: {type: nothing, inputs: [op], key: c}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({0, 2})));
  EXPECT_THAT(show(*out.at(0).rows), ElementsAre("c=3"));
  EXPECT_EQ(p.count(metric::records_dropped, "op", "error"), 1);
  EXPECT_FALSE(p.program("in").stop_reason());
}

TEST(stage_program, says_where_and_why_it_stops) {
  started_pipeline p{source +
                     "transforms: {op: {type: derive, inputs: [in], columns: {c: '6 / a'}}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: c}}\n"};
  (void)p.run_raw("in", table_records(rows_of({3, 0})));
  ASSERT_TRUE(p.program("in").stop_reason());
  EXPECT_EQ(
      *p.program("in").stop_reason(),
      "transform `op`: integer division by zero in `columns.c` (topic or file 'fixture', "
      "partition 0, offset 101); on_error is stop: write `inputs: [op.errors]` in a sink to keep "
      "such records, or set `on_error: drop`");
}

TEST(stage_program, stops_when_too_many_rows_fail) {
  started_pipeline p{source +
                     "transforms: {op: {type: derive, inputs: [in], on_error: drop, error_limit: "
                     "{in_a_row: 3}, columns: {c: '6 / a'}}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: c}}\n"};
  (void)p.run_raw("in", table_records(rows_of({0, 0, 1})));
  EXPECT_FALSE(p.program("in").stop_reason());
  (void)p.run_raw("in", table_records(rows_of({1, 0, 0})));
  EXPECT_FALSE(p.program("in").stop_reason());
  (void)p.run_raw("in", table_records(rows_of({0, 1})));
  ASSERT_TRUE(p.program("in").stop_reason());
  EXPECT_THAT(*p.program("in").stop_reason(), HasSubstr("3 records in a row failed"));
}

TEST(stage_program, forgets_failures_in_a_row_after_a_good_batch) {
  started_pipeline p{source +
                     "transforms: {op: {type: derive, inputs: [in], on_error: drop, error_limit: "
                     "{in_a_row: 3}, columns: {c: '6 / a'}}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: c}}\n"};
  for (int i = 0; i < 3; ++i) {
    (void)p.run_raw("in", table_records(rows_of({0, 0})));
    (void)p.run_raw("in", table_records(rows_of({1})));
  }
  EXPECT_FALSE(p.program("in").stop_reason());
}

TEST(stage_program, reports_rows_that_cannot_be_encoded_and_takes_them_back) {
  started_pipeline p{
      "pipeline: t\n"
      "sources: {in: {type: rows, schema: {a: {type: string, required: false}}}}\n"
      "sinks:\n"
      "  out: {type: texts, inputs: [in], encode: {format: text, column: a}}\n"
      "  dead: {type: texts, inputs: [out.errors], encode: {format: text, column: reason}}\n"};
  auto out = p.run_raw("in", table_records(table{}.add("a", "string?", {"x", null})));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_THAT(texts(out[0]), ElementsAre("x"));
  ASSERT_EQ(out[0].failed.size(), 1U);
  std::vector<program_output> dead;
  p.program("out").run_failed(out[0].rows, out[0].failed, dead);
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(p.exit_of("out", dead[0]), "out.errors>dead");
  EXPECT_THAT(texts(dead[0]), ElementsAre("null cannot be written"));
  EXPECT_EQ(p.count(metric::errors, "out"), 1);
}

TEST(stage_program, holds_what_a_throttle_holds_and_nothing_else) {
  started_pipeline p{source +
                     "transforms: {slow: {type: throttle, inputs: [in], rate: 0.001, burst: 1}}\n"
                     "sinks: {out: {type: nothing, inputs: [slow], key: a}, all: {type: nothing, "
                     "inputs: [in], key: a}}\n"};
  const auto out = p.run_raw("in", table_records(rows_of({1, 2, 3})));
  EXPECT_EQ(p.program("in").hold(), std::chrono::nanoseconds{0});
  const auto slow = std::find_if(
      out.begin(), out.end(), [&](const auto& one) { return p.exit_of("in", one) == "in>slow"; });
  ASSERT_NE(slow, out.end());
  const stream_ref stream{p.node("in"), 0, false};
  for (int i = 0; i < 2; ++i) {
    std::vector<program_output> outs[1];
    p.program("slow").run({&stream, 1}, {&slow->rows, 1}, outs);
    EXPECT_EQ(outs[0].size(), 1U);
    EXPECT_EQ(p.program("slow").hold() > std::chrono::seconds{1000}, i == 1);
  }
}

TEST(stage_program, keeps_the_outputs_of_several_batches_apart) {
  // A transform that joins two segments, so that it gets several batches of two streams at once.
  started_pipeline p{"pipeline: t\n"
                     "sources: {in: {type: rows, schema: {a: int64, b: int64}}, more: {type: rows, "
                     "schema: {a: int64, b: int64}}}\n"
                     "transforms: {op: {type: filter, inputs: [in, more], where: 'a > 1'}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: a}}\n"};
  const std::vector<stream_ref> streams{
      {p.node("in"), 0, false}, {p.node("in"), 0, false}, {p.node("more"), 0, false}};
  const std::vector<core::batch_ptr> in{rows_of({1, 2}).batch(), rows_of({3}).batch(),
                                        rows_of({0}).batch()};
  std::vector<std::vector<program_output>> outs(3);
  p.program("op").run(streams, in, outs);
  ASSERT_EQ(outs[0].size(), 1U);
  EXPECT_THAT(show(*outs[0][0].rows), ElementsAre("a=2"));
  ASSERT_EQ(outs[1].size(), 1U);
  EXPECT_THAT(show(*outs[1][0].rows), ElementsAre("a=3"));
  EXPECT_TRUE(outs[2].empty());
  EXPECT_EQ(p.count(metric::records_in, "op"), 4);
}

TEST(stage_program, makes_one_model_call_of_all_waiting_batches) {
  started_pipeline p{source +
                     "transforms:\n"
                     "  score: {type: model, inputs: [in]}\n"
                     "  odd: {type: filter, inputs: [score], where: 'a % 2 == 1'}\n"
                     "sinks:\n"
                     "  out: {type: nothing, inputs: [odd], key: a}\n"
                     "  all: {type: texts, inputs: [score], encode: {format: text, column: "
                     "calls}}\n"};
  EXPECT_EQ(p.plan.segments[p.plan.segment_of(p.node("odd"))].name, "score+odd");
  const std::vector<stream_ref> streams(3, {p.node("in"), 0, false});
  const std::vector<core::batch_ptr> in{rows_of({1, 2}).batch(), rows_of({4}).batch(),
                                        rows_of({5}).batch()};
  std::vector<std::vector<program_output>> outs(3);
  p.program("score").run(streams, in, outs);
  const auto shown = [&](std::size_t i) {
    std::map<std::string, std::vector<std::string>> seen;
    for (const auto& one : outs[i])
      seen[p.exit_of("score", one)] = one.encoded ? texts(one) : show(*one.rows);
    return seen;
  };
  EXPECT_THAT(shown(0).at("score>all"), ElementsAre("3", "3"));
  EXPECT_THAT(shown(0).at("odd>out"), ElementsAre("a=1"));
  EXPECT_THAT(shown(1).at("score>all"), ElementsAre("3"));
  EXPECT_EQ(shown(1).count("odd>out"), 0U);
  EXPECT_THAT(shown(2).at("odd>out"), ElementsAre("a=5"));
  EXPECT_EQ(p.count(metric::records_in, "score"), 4);
  EXPECT_EQ(p.count(metric::records_dropped, "odd", "filtered"), 2);
}

} // namespace lepton::pipelines::testing
