#include "pipelines/config/sections.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/component_section.hpp"
#include "pipelines/config/field_text.hpp"
#include "pipelines/config/limits.hpp"
#include "pipelines/config/test_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>
#include <unordered_map>

namespace lepton::pipelines {

namespace {

using core::component_kind;

constexpr core::source_span start_of_file{1, 1, 1};
constexpr int max_workers = 1024;

const std::vector<std::string>& top_level_keys() {
  static const std::vector<std::string> keys{"pipeline",   "settings", "sources",
                                             "transforms", "sinks",    "tests"};
  return keys;
}

void check_top_level_keys(const core::value_map& file, spec_context& context) {
  const auto& keys = top_level_keys();
  for (const auto& [key, span, item] : file)
    if (std::find(keys.begin(), keys.end(), key) == keys.end() &&
        context.findings.error_count() < max_findings)
      context.findings.error(span, fmt::format("a pipeline has no section '{}'", shortened(key)),
                             name_hint(key, keys, "the sections are"));
}

bool is_pipeline_name(std::string_view name) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), word);
}

std::string check_pipeline_name(const core::value& file, spec_context& context) {
  core::field_spec field{"pipeline", core::field_type::text,
                         "its name, in the first line of the file"};
  field.required = true;
  core::value_map only;
  for (const auto& entry : *file.map())
    if (entry.key == field.name)
      only.push_back(entry);
  const auto checked =
      check_fields({std::move(only), file.span}, {field}, {"the file", start_of_file}, context);
  if (!checked)
    return {};
  const auto* name = checked->find("pipeline");
  if (!is_pipeline_name(*name->text()))
    context.findings.error(name->span, "this cannot be the name of a pipeline",
                           "use letters, digits, _ and -, at most 128 of them");
  return *name->text();
}

int auto_workers() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Looked at before the other settings, so that it is reported together with their faults.
int check_workers(const core::value& settings, spec_context& context) {
  const auto text = peek_text(settings, "workers", context).value_or("auto");
  if (text == "auto" || text.empty()) // a variable may leave nothing
    return auto_workers();
  int workers = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, workers);
  if (error != std::errc{} || rest != end || workers < 1 || workers > max_workers)
    context.findings.error(settings.find("workers")->span,
                           "'workers' must be a number of workers or auto",
                           fmt::format("write a whole number from 1 to {}, or auto", max_workers));
  return workers;
}

/// Takes `delivery: exactly_once` out of the settings: it is planned, not misspelt.
void refuse_exactly_once(core::value& settings, spec_context& context) {
  if (!settings.map() || peek_text(settings, "delivery", context) != "exactly_once")
    return;
  context.findings.error(settings.find("delivery")->span,
                         "this version has no delivery: exactly_once yet",
                         "write at_least_once, and make the reader of the outputs ignore repeats");
  std::erase_if(std::get<core::value_map>(settings.data),
                [](const auto& entry) { return entry.key == "delivery"; });
}

std::optional<keyring_settings> check_keyring(const core::config& settings, spec_context& context) {
  if (!settings.has("keyring"))
    return std::nullopt;
  return read_keyring(settings.child("keyring"), context.directory, context.findings);
}

pipeline_settings check_settings(const core::value& file, spec_context& context) {
  core::value written{core::value_map{}, start_of_file};
  core::source_span span = start_of_file;
  for (const auto& entry : *file.map())
    if (entry.key == "settings") {
      written = entry.item;
      span = entry.key_span;
    }
  refuse_exactly_once(written, context);
  pipeline_settings out;
  out.workers = check_workers(written, context);
  const auto checked = check_fields(written, settings_fields(), {"'settings'", span}, context);
  if (!checked)
    return out;
  const core::config settings{*checked};
  out.latency_target = settings.time("latency_target");
  out.memory_limit = settings.size("memory_limit");
  out.stop_timeout = settings.time("stop_timeout");
  out.restart_limit = static_cast<int>(settings.integer("restart_limit"));
  out.restart_window = settings.time("restart_window");
  out.keyring = check_keyring(settings, context);
  return out;
}

void check_kind(component_kind kind, const core::value& file, const core::catalog& catalog,
                std::vector<component_draft>& components, spec_context& context) {
  const auto* section = file.find(section_name(kind));
  if (!section)
    return;
  if (!section->map() && !section->is_null())
    context.findings.error(
        section->span,
        fmt::format("'{}' must be a mapping, got {}", section_name(kind), got_text(*section)),
        fmt::format("write a name and a colon before each {}", core::name(kind)));
  if (!section->map())
    return;
  for (const auto& entry : *section->map()) {
    if (components.size() == max_components) {
      context.findings.error(entry.key_span, fmt::format("more than {} components", max_components),
                             "split the pipeline into several files");
      return;
    }
    components.push_back(check_component(kind, entry, catalog, context));
  }
}

void check_names(const std::vector<component_draft>& components, spec_context& context) {
  std::unordered_map<std::string_view, const component_draft*> seen;
  for (const auto& component : components) {
    const auto [first, is_new] = seen.try_emplace(component.name, &component);
    if (!is_new)
      context.findings.error(
          component.span, fmt::format("the name '{}' is taken", component.name),
          fmt::format("a {} in line {} has it; names are unique in the whole file",
                      core::name(first->second->kind), first->second->span.line));
  }
}

void check_ends(const core::value& file, spec_context& context) {
  for (const auto kind : {component_kind::source, component_kind::sink}) {
    const auto* section = file.find(section_name(kind));
    const bool empty =
        !section || section->is_null() || (section->map() && section->map()->empty());
    if (empty)
      context.findings.error(
          section ? section->span : start_of_file,
          fmt::format("the pipeline has no {}", section_name(kind)),
          fmt::format("add at least one {} below '{}:'", core::name(kind), section_name(kind)));
  }
}

} // namespace

file_draft check_sections(const core::value& file, const core::catalog& catalog,
                          spec_context& context) {
  file_draft draft;
  // What YAML refused is missing here: a section may only look empty.
  const bool complete = !context.findings.has_errors();
  check_top_level_keys(*file.map(), context);
  draft.name = check_pipeline_name(file, context);
  draft.settings = check_settings(file, context);
  for (const auto kind : {component_kind::source, component_kind::transform, component_kind::sink})
    check_kind(kind, file, catalog, draft.components, context);
  if (complete)
    check_ends(file, context);
  check_names(draft.components, context);
  if (const auto* tests = file.find("tests"))
    draft.tests = check_tests(*tests, context);
  return draft;
}

} // namespace lepton::pipelines
