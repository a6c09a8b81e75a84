#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::cli {

int validate(const file_options& options) {
  const auto loaded = read_pipeline(options);
  const bool good = loaded.pipeline.has_value();
  if (options.json) {
    fmt::print("{{\"file\":{},\"valid\":{},\"findings\":{}}}\n",
               nlohmann::json(options.path).dump(), good, loaded.findings);
    return good ? exit_ok : exit_config;
  }
  fmt::print(stderr, "{}", loaded.findings);
  if (good)
    fmt::print("{}: valid ({} components, {} warnings)\n", options.path,
               loaded.pipeline->nodes.size(), loaded.warnings);
  else
    fmt::print(stderr, "{}: {} errors, {} warnings\n", options.path, loaded.errors,
               loaded.warnings);
  return good ? exit_ok : exit_config;
}

} // namespace lepton::cli
