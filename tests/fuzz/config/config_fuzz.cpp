// Any text is either a pipeline or gets findings with places in the text; a pipeline can be planned
// and drawn.
#include "pipelines/config/load.hpp"
#include "pipelines/graph/graph.hpp"
#include "pipelines/plan.hpp"
#include "tests/pipelines/config/test_catalog.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace lepton;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  core::diagnostics findings;
  const auto no_variables = [](const std::string&) { return std::optional<std::string>{}; };
  const auto pipeline = pipelines::check(text, "/nonexistent/fuzz.yaml", tests::test_catalog(),
                                         findings, no_variables);
  if (pipeline.has_value() == findings.has_errors())
    std::abort();
  if (core::render(findings, "fuzz.yaml", text).empty() != findings.all().empty())
    std::abort();
  if (!pipeline)
    return 0;
  const auto plan = pipelines::make_plan(*pipeline);
  if (pipelines::plan_text(*pipeline, plan).empty() ||
      pipelines::plan_json(*pipeline, plan).empty() || pipelines::graph_text(*pipeline).empty() ||
      pipelines::graph_json(*pipeline).empty())
    std::abort();
  return 0;
}
