#include "pipelines/plan.hpp"

#include "pipelines/config/load.hpp"
#include "pipelines/plan_actors.hpp"
#include "tests/pipelines/config/test_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace lepton::pipelines {

namespace {

using testing::ElementsAre;

checked_pipeline load(const std::string& path, const std::string& workers = "2") {
  core::diagnostics findings;
  auto loaded = load_file(path, tests::test_catalog(), findings,
                          [&](const std::string& name) -> std::optional<std::string> {
                            return name == "WORKERS" ? std::optional{workers} : std::nullopt;
                          });
  EXPECT_TRUE(loaded.pipeline) << core::render(findings, path, loaded.text);
  return std::move(*loaded.pipeline);
}

checked_pipeline bench(const std::string& workers = "2") {
  return load("bench/kafka_fraud.yaml", workers);
}

std::vector<std::string> segment_names(const execution_plan& plan) {
  std::vector<std::string> names;
  for (const auto& segment : plan.segments)
    names.push_back(segment.name);
  return names;
}

} // namespace

TEST(plan, fuses_stateless_transforms_with_what_feeds_them) {
  const auto plan = make_plan(bench());
  EXPECT_THAT(segment_names(plan),
              ElementsAre("tx+features", "score+alerts", "scores", "alert_topic"));
  EXPECT_EQ(plan.segments[0].kind, segment_kind::source);
  EXPECT_EQ(plan.segments[1].kind, segment_kind::inference);
  EXPECT_EQ(plan.segments[2].kind, segment_kind::sink_errors);
}

TEST(plan, bounds_the_benchmark_below_what_is_promised) {
  const auto plan = make_plan(bench());
  EXPECT_LT(plan.memory_bound, 250'000'000);
  EXPECT_GT(plan.memory_bound, 100'000'000);
}

TEST(plan, adds_up_its_parts_and_grows_with_workers) {
  const auto two = make_plan(bench("2"));
  const auto sum = std::accumulate(two.memory.begin(), two.memory.end(), std::int64_t{0},
                                   [](std::int64_t all, const memory_item& item) {
                                     EXPECT_GT(item.bytes, 0) << item.what;
                                     return all + item.bytes;
                                   });
  EXPECT_EQ(two.memory_bound, sum);
  EXPECT_GT(make_plan(bench("16")).memory_bound, two.memory_bound);
}

TEST(plan, lets_every_worker_have_a_full_queue_unsettled) {
  const auto pipeline = bench();
  const auto& source = *pipeline.nodes[0].source;
  for (const int workers : {1, 2, 4, 16, 64}) {
    const auto queue = segment_credit(source.batch);
    const auto bound = unsettled_bound(source, workers);
    EXPECT_GE(bound.records, queue.records * workers) << workers;
    EXPECT_GE(bound.bytes, queue.bytes * workers) << workers;
  }
}

TEST(plan, counts_threads_and_actors) {
  const auto pipeline = bench();
  const auto plan = make_plan(pipeline);
  const auto threads = threads_of(pipeline, plan);
  EXPECT_EQ(threads.own, 3);
  EXPECT_EQ(threads.pool, 3);
  std::vector<std::string> kinds;
  for (const auto& actor : actors_of(pipeline, plan)) {
    kinds.push_back(actor.kind);
    EXPECT_EQ(actor.own_thread, actor.kind == "source" || actor.kind == "sink");
  }
  EXPECT_THAT(kinds,
              ElementsAre("source", "router", "stage", "inference", "sink", "sink", "supervisor"));
}

TEST(plan, needs_only_columns_that_someone_reads) {
  const auto pipeline = load("tests/golden/pipelines/card_fraud.yaml");
  const auto plan = make_plan(pipeline);
  const auto& features = plan.needed[1][0];
  const auto& schema = *pipeline.nodes[1].outputs[0].schema;
  EXPECT_TRUE(features[*schema.index_of("tx_id")]);
  EXPECT_TRUE(features[*schema.index_of("f")]);
  EXPECT_FALSE(features[*schema.index_of("ts")]);
  EXPECT_FALSE(features[*schema.index_of("amount")]);
}

} // namespace lepton::pipelines
