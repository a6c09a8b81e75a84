#include "pipelines/test_runner.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace lepton::cli {

namespace {

void print_json(const std::vector<pipelines::test_outcome>& outcomes) {
  auto list = nlohmann::json::array();
  for (const auto& outcome : outcomes)
    list.push_back({{"name", outcome.name},
                    {"passed", outcome.passed},
                    {"line", outcome.span.line},
                    {"column", outcome.span.column},
                    {"message", outcome.message}});
  fmt::print("{}\n", list.dump());
}

void print_text(const std::vector<pipelines::test_outcome>& outcomes, const std::string& path) {
  for (const auto& outcome : outcomes) {
    fmt::print("{} {}\n", outcome.passed ? "ok    " : "FAILED", outcome.name);
    if (!outcome.passed)
      fmt::print("{}:{}:{}: {}\n", path, outcome.span.line, outcome.span.column, outcome.message);
  }
}

} // namespace

int test(const file_options& options) {
  const auto pipeline = load_pipeline(options);
  if (!pipeline)
    return exit_config;
  const auto outcomes = pipelines::run_tests(*pipeline);
  const auto failed = std::count_if(outcomes.begin(), outcomes.end(),
                                    [](const auto& outcome) { return !outcome.passed; });
  if (options.json)
    print_json(outcomes);
  else {
    print_text(outcomes, options.path);
    fmt::print("{} tests, {} failed\n", outcomes.size(), failed);
  }
  return failed == 0 ? exit_ok : exit_failed;
}

} // namespace lepton::cli
