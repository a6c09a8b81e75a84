#include "pipelines/graph/graph.hpp"
#include "pipelines/plan.hpp"
#include "tests/golden/golden_files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lepton::tests {

namespace {

class pipelines_golden : public testing::TestWithParam<std::filesystem::path> {
protected:
  void SetUp() override {
    auto checked = check_golden(GetParam());
    ASSERT_TRUE(checked.file.pipeline.has_value()) << checked.rendered;
    expect_golden(GetParam(), ".findings.txt", checked.rendered);
    pipeline_ = std::move(*checked.file.pipeline);
  }

  pipelines::checked_pipeline pipeline_;
};

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& info) {
  return info.param.stem().string();
}

} // namespace

TEST_P(pipelines_golden, are_planned) {
  const auto plan = pipelines::make_plan(pipeline_);
  expect_golden(GetParam(), ".plan.txt", pipelines::plan_text(pipeline_, plan) + "\n");
  const auto json = pipelines::plan_json(pipeline_, plan);
  EXPECT_EQ(nlohmann::json::parse(json).at("memory_bound_bytes"), plan.memory_bound);
  expect_golden(GetParam(), ".plan.json", json + "\n");
}

TEST_P(pipelines_golden, are_drawn) {
  expect_golden(GetParam(), ".graph.txt", pipelines::graph_text(pipeline_));
  expect_golden(GetParam(), ".graph.mmd", pipelines::graph_mermaid(pipeline_));
  expect_golden(GetParam(), ".graph.dot", pipelines::graph_dot(pipeline_));
  const auto json = pipelines::graph_json(pipeline_);
  EXPECT_EQ(nlohmann::json::parse(json).at("components").size(), pipeline_.nodes.size());
  expect_golden(GetParam(), ".graph.json", json + "\n");
}

INSTANTIATE_TEST_SUITE_P(files, pipelines_golden, testing::ValuesIn(golden_inputs("pipelines")),
                         test_name);

} // namespace lepton::tests
