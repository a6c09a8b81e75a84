#include "cli/load.hpp"

#include "cli/components.hpp"
#include "core/diagnostics.hpp"
#include "pipelines/config/load.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::cli {

namespace {

std::string as_json(const core::diagnostics& findings, const std::string& path) {
  auto list = nlohmann::json::array();
  for (const auto& finding : findings.all())
    list.push_back({{"file", path},
                    {"line", finding.span.line},
                    {"column", finding.span.column},
                    {"length", finding.span.length},
                    {"level", finding.level == core::severity::error ? "error" : "warning"},
                    {"message", finding.message},
                    {"help", finding.hint}});
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

loaded_file read_pipeline(const file_options& options) {
  loaded_file out;
  core::diagnostics findings;
  auto file = pipelines::load_file(options.path, components(), findings);
  out.pipeline = std::move(file.pipeline);
  out.errors = findings.error_count();
  out.warnings = findings.all().size() - out.errors;
  if (out.errors != 0 || (options.deny_warnings && out.warnings != 0))
    out.pipeline.reset();
  out.findings = options.json ? as_json(findings, options.path)
                              : core::render(findings, options.path, file.text);
  return out;
}

std::optional<pipelines::checked_pipeline> load_pipeline(const file_options& options) {
  auto loaded = read_pipeline(options);
  if (options.json) {
    if (!loaded.pipeline)
      fmt::print("{}\n", loaded.findings);
  } else {
    fmt::print(stderr, "{}", loaded.findings);
    if (!loaded.pipeline)
      fmt::print(stderr, "{}: {} error{}, nothing was started\n", options.path, loaded.errors,
                 loaded.errors == 1 ? "" : "s");
  }
  return std::move(loaded.pipeline);
}

} // namespace lepton::cli
