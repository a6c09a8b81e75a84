#include "pipelines/config/test_names.hpp"

#include "pipelines/config/field_text.hpp"
#include "pipelines/expression/expression.hpp"

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

/// What an entry of `expect` says of a stream, before it is run: its conditions compile, the
/// columns it names exist.
class expectation_check {
public:
  expectation_check(const core::value_entry& entry, const core::schema& schema,
                    core::diagnostics& findings)
      : stream_{entry.key}, schema_{schema}, findings_{findings} {
    if (const auto* keys = entry.item.map())
      check_keys(*keys);
    else if (entry.item.list())
      check_conditions(entry.item);
  }

private:
  void check_keys(const core::value_map& keys) {
    static const std::vector<std::string> known{"count", "conditions", "rows"};
    for (const auto& [key, span, item] : keys) {
      if (key == "conditions")
        check_conditions(item);
      else if (key == "rows")
        check_rows(item);
      else if (key == "count")
        check_count(item);
      else
        findings_.error(span, fmt::format("'{}' is no expectation", shortened(key)),
                        name_hint(key, known, "the expectations are"));
    }
  }

  void check_count(const core::value& item) {
    const auto* text = item.text();
    if (!text || text->empty() || text->size() > 18 ||
        text->find_first_not_of("0123456789") != std::string::npos)
      findings_.error(item.span,
                      fmt::format("'count' must be a whole number, got {}", got_text(item)),
                      "it is the number of rows, for example count: 1");
  }

  void check_conditions(const core::value& item) {
    if (!item.list())
      findings_.error(item.span, "'conditions' must be a list", "for example [\"score < 0.5\"]");
    else
      for (const auto& condition : *item.list())
        if (condition.text())
          check_condition(condition);
  }

  void check_condition(const core::value& condition) {
    core::diagnostics found;
    compile_condition(condition, schema_, found, "condition");
    for (const auto& finding : found.all())
      findings_.error(finding.span, finding.message,
                      finding.hint.empty() ? "docs/expressions.md says what a condition may be"
                                           : finding.hint);
  }

  void check_rows(const core::value& item) {
    const auto* rows = item.list();
    if (!rows)
      findings_.error(item.span, "'rows' must be a list of mappings", "for example [{amount: 10}]");
    else
      for (const auto& row : *rows)
        check_row(row);
  }

  void check_row(const core::value& row) {
    if (!row.map())
      return findings_.error(row.span,
                             fmt::format("a row must be a mapping, got {}", got_text(row)),
                             "for example {amount: 10}");
    for (const auto& [column, span, item] : *row.map())
      if (!schema_.index_of(column))
        findings_.error(span, fmt::format("'{}' has no column '{}'", stream_, shortened(column)),
                        name_hint(column, schema_.names(), "its columns are"));
  }

  const std::string& stream_;
  const core::schema& schema_;
  core::diagnostics& findings_;
};

void check_expected(const core::value_entry& entry, const file_draft& file, const name_index& names,
                    const bound_graph& graph, core::diagnostics& findings) {
  const stream_text stream{entry.key};
  const auto* component = find(stream.component, file, names);
  const bool sink = component && component->kind == component_kind::sink;
  if (component && stream.errors()) {
    expectation_check{entry, *core::error_schema(), findings};
    return;
  }
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
  const auto output = std::find_if(outputs.begin(), outputs.end(),
                                   [&](const auto& each) { return each.name == stream.port; });
  if (output == outputs.end())
    report_no_output(graph.nodes[*node], stream.port, entry.key_span, findings);
  else
    expectation_check{entry, *output->schema, findings};
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
