#include "pipelines/config/load.hpp"

#include "pipelines/config/binding.hpp"
#include "pipelines/config/limits.hpp"
#include "pipelines/config/sections.hpp"
#include "pipelines/config/wires.hpp"
#include "pipelines/config/yaml_reader.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace lepton::pipelines {

namespace {

constexpr const char* smallest_file =
    "a pipeline has a name and at least one source and one sink:\n"
    "          pipeline: NAME\n"
    "          sources: {...}\n"
    "          sinks: {...}";

std::string folder_of(std::string_view file_name) {
  auto folder = std::filesystem::path{file_name}.parent_path().string();
  return folder.empty() ? "." : folder;
}

std::optional<checked_pipeline> check_tree(std::string_view text, const core::catalog& catalog,
                                           spec_context& context) {
  const auto file = read_yaml(text, context.findings);
  if (!file)
    return std::nullopt;
  if (!file->map()) {
    context.findings.error({1, 1, 1}, file->is_null() ? "the file is empty" : "this is no pipeline",
                           smallest_file);
    return std::nullopt;
  }
  auto draft = check_sections(*file, catalog, context);
  const auto plan = connect(draft.components, context.findings);
  auto pipeline = bind(std::move(draft), plan, catalog, context);
  if (context.findings.has_errors())
    return std::nullopt;
  return pipeline;
}

/// Passes the first findings on, without what must not be seen.
void hand_over(core::diagnostics& found, const redaction& hidden, core::diagnostics& findings) {
  found.sort();
  std::size_t errors = 0;
  for (const auto& finding : found.all()) {
    const bool is_error = finding.level == core::severity::error;
    if (findings.all().size() >= max_findings) {
      errors += is_error ? 1 : 0;
      continue;
    }
    auto message = hidden.message(finding.message);
    auto hint = hidden.message(finding.hint);
    if (is_error)
      findings.error(finding.span, std::move(message), std::move(hint));
    else
      findings.warning(finding.span, std::move(message), std::move(hint));
  }
  findings.sort();
  if (errors != 0)
    findings.error({}, fmt::format("{} more errors are not shown", errors),
                   "correct those above first");
}

std::optional<checked_pipeline> check_hidden(std::string_view text, std::string_view file_name,
                                             const core::catalog& catalog,
                                             core::diagnostics& findings,
                                             const environment& variables, redaction& hidden) {
  core::diagnostics found;
  spec_context context{found, hidden, variables, folder_of(file_name)};
  auto pipeline = check_tree(text, catalog, context);
  hand_over(found, hidden, findings);
  return pipeline;
}

/// At most one byte more than is allowed, so that the check can say it is too long.
std::optional<std::string> read_text(const std::string& path, core::diagnostics& findings) {
  std::error_code unheard;
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (std::filesystem::is_directory(path, unheard) || !in.is_open()) {
    findings.error({},
                   fmt::format("the file cannot be opened: {}",
                               in.is_open() ? "it is a folder" : std::strerror(errno)),
                   "give the path of a pipeline file, e.g. configs/demo.yaml");
    return std::nullopt;
  }
  std::string text(max_file_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

} // namespace

std::optional<checked_pipeline> check(std::string_view text, std::string_view file_name,
                                      const core::catalog& catalog, core::diagnostics& findings,
                                      const environment& variables) {
  redaction hidden;
  return check_hidden(text, file_name, catalog, findings, variables, hidden);
}

loaded_file load_file(const std::string& path, const core::catalog& catalog,
                      core::diagnostics& findings, const environment& variables) {
  loaded_file out;
  const auto text = read_text(path, findings);
  if (!text)
    return out;
  redaction hidden;
  out.pipeline = check_hidden(*text, path, catalog, findings, variables, hidden);
  out.text = hidden.excerpt(*text);
  return out;
}

} // namespace lepton::pipelines
