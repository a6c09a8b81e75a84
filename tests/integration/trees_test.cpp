// A model of trees in a pipeline file, as a user runs it.
#include "tests/support/lepton_process.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace lepton::tests {
namespace {

using testing::HasSubstr;

constexpr const char* pipeline = R"(pipeline: trees
sources:
  in:
    type: file
    path: in.jsonl
    decode: {format: json, schema: {id: string, v: "float32[6]"}}
transforms:
  score: {type: infer, inputs: [in], model: m.ubj, features: [v], missing: pass, output: p}
sinks:
  out: {type: file, inputs: [score], path: out.jsonl}
tests:
  - name: scores rows
    insert: {in: [{id: a, v: [1, 0.5, -0.25, 0, 2, 1]}, {id: b, v: [0, 0, 0, 0, 0, 0]}]}
    expect: {score: {count: 2, conditions: ["p > 0.0 && p < 1.0"]}}
)";

TEST(trees, are_tested_and_planned_from_a_pipeline_file) {
  const temp_dir folder{"trees"};
  std::filesystem::copy_file("tests/data/trees/xgb_binary.ubj", folder / "m.ubj");
  const auto file = folder.write("pipeline.yaml", pipeline).string();
  const auto tested = run_lepton({"test", file});
  EXPECT_TRUE(tested.status.ok()) << tested.standard_output << tested.standard_error;
  EXPECT_THAT(run_lepton({"plan", file}).standard_output,
              HasSubstr("score: backend: native trees ("));
}

} // namespace
} // namespace lepton::tests
