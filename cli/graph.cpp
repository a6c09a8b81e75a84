#include "pipelines/graph/graph.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"

#include <fmt/format.h>

namespace lepton::cli {

int graph(const file_options& options, const std::string& format) {
  const auto pipeline = load_pipeline(options);
  if (!pipeline)
    return exit_config;
  const auto wanted = options.json ? std::string{"json"} : format;
  if (wanted == "json")
    fmt::print("{}\n", pipelines::graph_json(*pipeline));
  else if (wanted == "mermaid")
    fmt::print("{}", pipelines::graph_mermaid(*pipeline));
  else if (wanted == "dot")
    fmt::print("{}", pipelines::graph_dot(*pipeline));
  else
    fmt::print("{}", pipelines::graph_text(*pipeline));
  return exit_ok;
}

} // namespace lepton::cli
