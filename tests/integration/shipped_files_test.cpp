// What ships with the repository fits the binary: pipelines, their schema, the reference.
#include "tests/support/lepton_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> shipped_pipelines() {
  std::vector<std::string> files{"bench/kafka_fraud.yaml"};
  for (const auto& entry : std::filesystem::directory_iterator{"configs"})
    if (entry.path().extension() == ".yaml")
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

const std::vector<std::pair<std::string, std::string>> bench_environment{
    {"MODEL", std::filesystem::absolute("configs/models/fraud_demo.onnx").string()}};

TEST(shipped_pipelines, are_valid_without_a_warning) {
  const auto files = shipped_pipelines();
  EXPECT_GE(files.size(), 4U);
  for (const auto& file : files) {
    const auto checked = run_lepton({"validate", file, "--deny-warnings"}, bench_environment);
    EXPECT_TRUE(checked.status.ok()) << file << "\n" << checked.standard_error;
  }
}

TEST(shipped_pipelines, pass_their_own_tests) {
  for (const auto& file : shipped_pipelines()) {
    const auto tested = run_lepton({"test", file}, bench_environment);
    EXPECT_TRUE(tested.status.ok()) << file << "\n" << tested.standard_output;
  }
}

TEST(shipped_pipelines, fit_the_json_schema_in_a_validator_that_is_not_ours) {
  const temp_dir folder{"schema"};
  const auto schema = folder.write("schema.json", run_lepton({"schema"}).standard_output).string();
  process_options python;
  python.program = ".deps/venv/bin/python";
  python.arguments = {"tests/support/validate_schema.py", schema};
  for (const auto& file : shipped_pipelines())
    python.arguments.push_back(file);
  const auto done = run_process(python, 60s);
  EXPECT_TRUE(done.status.ok()) << done.standard_output << done.standard_error;

  python.arguments = {"tests/support/validate_schema.py", schema,
                      folder.write("bad.yaml", "pipeline: x\nsourcse: {}\n").string()};
  EXPECT_FALSE(run_process(python, 60s).status.ok());
}

TEST(reference, is_what_the_specs_say) {
  const temp_dir folder{"reference"};
  ASSERT_TRUE(run_lepton({"reference", folder.path().string()}).status.ok());
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder.path()}) {
    if (!entry.is_regular_file())
      continue;
    ++pages;
    const auto page = std::filesystem::path{"docs/reference"} /
                      std::filesystem::relative(entry.path(), folder.path());
    EXPECT_EQ(read_file(page), read_file(entry.path()))
        << page << " is out of date; run `build/release/bin/lepton reference docs/reference`";
  }
  EXPECT_GT(pages, 4U);
}

} // namespace
} // namespace lepton::tests
