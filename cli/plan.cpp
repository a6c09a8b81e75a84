#include "pipelines/plan.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "core/units.hpp"

#include <fmt/format.h>

namespace lepton::cli {

int plan(const file_options& options) {
  const auto pipeline = load_pipeline(options);
  if (!pipeline)
    return exit_config;
  const auto made = pipelines::make_plan(*pipeline);
  fmt::print("{}\n", options.json ? pipelines::plan_json(*pipeline, made)
                                  : pipelines::plan_text(*pipeline, made));
  return exit_ok;
}

} // namespace lepton::cli
