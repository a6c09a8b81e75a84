#include "tests/pipelines/pipeline_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

table numbers(std::int64_t rows, std::int64_t keys) {
  std::vector<cell> a;
  std::vector<cell> k;
  for (std::int64_t i = 0; i < rows; ++i) {
    a.push_back(i);
    k.push_back(fmt::format("key {}", i % keys));
  }
  return table{}.add("a", "int64", a).add("k", "string", k);
}

std::size_t kept(const collected& out) {
  return out.rows.empty() ? 0 : out.rows.at(0).size();
}

} // namespace

TEST(sample, keeps_each_nth_row_over_all_replicas) {
  const auto input = numbers(10, 1);
  tested_operator op{"type: sample, every: 4", input};
  const auto one = op.make();
  const auto two = op.make();
  collected out;
  one->process(input.batch(), out); // rows 0, 4, 8
  two->process(input.batch(), out); // goes on at 10: rows 12, 16
  EXPECT_THAT(out.rows.at(0), ElementsAre("a=0 k=key 0", "a=4 k=key 0", "a=8 k=key 0",
                                          "a=2 k=key 0", "a=6 k=key 0"));
  EXPECT_EQ(out.dropped.at("sampled"), 15);
}

TEST(sample, begins_afresh_when_the_pipeline_does) {
  const auto input = numbers(3, 1);
  tested_operator op{"type: sample, every: 2", input};
  EXPECT_THAT(op.run(input.batch()).rows.at(0), ElementsAre("a=0 k=key 0", "a=2 k=key 0"));
  EXPECT_THAT(op.run(input.batch()).rows.at(0), ElementsAre("a=0 k=key 0", "a=2 k=key 0"));
}

TEST(sample, keeps_about_its_share_and_the_same_rows_each_time) {
  const auto input = numbers(20000, 20000);
  tested_operator op{"type: sample, share: 10%, key: k", input};
  const auto once = op.run(input.batch());
  EXPECT_NEAR(static_cast<double>(kept(once)), 2000, 200);
  EXPECT_EQ(once.rows, op.run(input.batch()).rows);
  tested_operator other{"type: sample, share: 10%, key: k, seed: 1", input};
  EXPECT_NE(once.rows, other.run(input.batch()).rows);
}

TEST(sample, keeps_or_drops_all_rows_of_a_key) {
  const auto input = numbers(1000, 50);
  tested_operator op{"type: sample, every: 2, key: k", input};
  std::map<std::string, int> seen;
  const auto out = op.run(input.batch());
  for (const auto& row : out.rows.at(0))
    ++seen[row.substr(row.find("k="))];
  EXPECT_GT(seen.size(), 10U);
  EXPECT_LT(seen.size(), 40U);
  for (const auto& [key, count] : seen)
    EXPECT_EQ(count, 20) << key;
}

TEST(sample, chooses_the_same_keys_in_every_version) {
  const auto input = numbers(8, 8);
  tested_operator text{"type: sample, share: 0.5, key: k", input};
  tested_operator number{"type: sample, share: 0.5, key: a", input};
  EXPECT_THAT(text.run(input.batch()).rows.at(0), ElementsAre("a=2 k=key 2", "a=5 k=key 5"));
  EXPECT_THAT(
      number.run(input.batch()).rows.at(0),
      ElementsAre("a=1 k=key 1", "a=4 k=key 4", "a=5 k=key 5", "a=6 k=key 6", "a=7 k=key 7"));
}

TEST(sample, takes_everything_or_nothing_at_the_ends) {
  const auto input = numbers(100, 100);
  EXPECT_EQ(kept(tested_operator{"type: sample, share: 1, key: k", input}.run(input.batch())),
            100U);
  EXPECT_EQ(kept(tested_operator{"type: sample, share: 0, key: k", input}.run(input.batch())), 0U);
  EXPECT_EQ(kept(tested_operator{"type: sample, every: 1", input}.run(input.batch())), 100U);
}

TEST(sample, chooses_by_origin_so_that_batches_do_not_matter) {
  started_pipeline p{"pipeline: t\n"
                     "sources: {in: {type: rows, schema: {a: int64, k: string}}}\n"
                     "transforms: {op: {type: sample, inputs: [in], share: 50%}}\n"
                     "sinks: {out: {type: nothing, inputs: [op], key: a}}\n"};
  const auto all = table_records(numbers(200, 1));
  const auto first = p.run_raw("in", all);
  const auto again = p.run_raw("in", all);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_NEAR(static_cast<double>(first[0].rows->rows), 100, 40);
  EXPECT_EQ(show(*first[0].rows), show(*again.at(0).rows));
}

TEST(sample, reports_what_does_not_fit) {
  const auto input = numbers(1, 1);
  EXPECT_THAT(operator_findings("type: sample", input), HasSubstr("needs 'share' or 'every'"));
  EXPECT_THAT(operator_findings("type: sample, share: 1%, every: 3", input),
              HasSubstr("exclude each other"));
  EXPECT_THAT(operator_findings("type: sample, share: 1%, key: kk", input),
              HasSubstr("there is no column 'kk'"));
  EXPECT_THAT(operator_findings("type: sample, every: 0", input), HasSubstr("must be at least 1"));
}

} // namespace lepton::pipelines::testing
