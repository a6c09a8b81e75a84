#include "pipelines/config/test_names.hpp"

#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using name_index = std::unordered_map<std::string_view, std::size_t>;

const component_draft* find(std::string_view name, const file_draft& file,
                            const name_index& names) {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &file.components[found->second];
}

void check_inserted(const core::value_entry& entry, const file_draft& file, const name_index& names,
                    core::diagnostics& findings) {
  const auto* component = find(entry.key, file, names);
  if (component && component->kind == component_kind::source)
    return;
  std::vector<std::string> sources;
  for (const auto& each : file.components)
    if (each.kind == component_kind::source)
      sources.push_back(each.name);
  findings.error(entry.key_span, fmt::format("there is no source '{}'", shortened(entry.key)),
                 name_hint(entry.key, sources, "the sources are"));
}

void check_expected(const core::value_entry& entry, const file_draft& file, const name_index& names,
                    const bound_graph& graph, core::diagnostics& findings) {
  const stream_text stream{entry.key};
  const auto* component = find(stream.component, file, names);
  const bool sink = component && component->kind == component_kind::sink;
  if (component && stream.errors())
    return;
  if (!component || sink) {
    findings.error(entry.key_span, fmt::format("there is no stream '{}'", shortened(entry.key)),
                   sink ? "this is a sink; name the stream that it reads"
                        : stream_hint(entry.key, file.components));
    return;
  }
  const auto node = graph.node_of[names.at(stream.component)];
  if (!node)
    return;
  const auto& outputs = graph.nodes[*node].outputs;
  if (std::none_of(outputs.begin(), outputs.end(),
                   [&](const auto& output) { return output.name == stream.port; }))
    report_no_output(graph.nodes[*node], stream.port, entry.key_span, findings);
}

} // namespace

void check_test_names(const file_draft& file, const bound_graph& graph,
                      core::diagnostics& findings) {
  const auto names = index_names(file.components);
  for (const auto& test : file.tests) {
    for (const auto& entry : test.insert)
      check_inserted(entry, file, names, findings);
    for (const auto& entry : test.expect)
      check_expected(entry, file, names, graph, findings);
  }
}

} // namespace lepton::pipelines
