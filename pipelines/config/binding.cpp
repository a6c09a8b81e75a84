#include "pipelines/config/binding.hpp"

#include "core/assert.hpp"
#include "pipelines/config/binder.hpp"
#include "pipelines/config/doubled_inputs.hpp"
#include "pipelines/config/input_streams.hpp"
#include "pipelines/config/schema_difference.hpp"
#include "pipelines/config/test_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lepton::pipelines {

namespace {

using core::component_kind;

/// Walks the components in topological order and keeps what is known of each.
class graph_binder {
public:
  graph_binder(const file_draft& file, const wire_plan& plan, const core::catalog& catalog,
               spec_context& context)
      : file_{file}, plan_{plan}, findings_{context.findings}, binder_{file, catalog, context} {
    graph_.node_of.resize(file.components.size());
  }

  bound_graph run() {
    for (const auto component : plan_.order)
      bind_component(component);
    if (!findings_.has_errors())
      warn_unread();
    return std::move(graph_);
  }

private:
  void bind_component(std::size_t index) {
    const auto& draft = file_.components[index];
    const auto inputs = resolve_inputs(index, file_, plan_, graph_, findings_);
    read_.insert(inputs.streams.begin(), inputs.streams.end());
    const bool policy = check_error_policy(index);
    if (!draft.good || !plan_.sound[index] || !inputs.known)
      return;
    auto node = make_node(draft, inputs, plan_.errors_consumed[index]);
    if (!same_columns(draft, inputs) || !bind_node(draft, inputs, node) || !policy)
      return;
    if (node.sink && node.sink->per_record && !findings_.has_errors())
      refuse_doubled_inputs(node, inputs, graph_.nodes, findings_);
    graph_.node_of[index] = graph_.nodes.size();
    graph_.nodes.push_back(std::move(node));
  }

  static pipeline_node make_node(const component_draft& draft, const input_streams& inputs,
                                 bool errors_consumed) {
    pipeline_node node;
    node.kind = draft.kind;
    node.name = draft.name;
    node.type = draft.type;
    node.span = draft.span;
    node.config = core::config{draft.own};
    node.inputs = inputs.streams;
    node.limit = draft.limit;
    node.errors_consumed = errors_consumed;
    node.on_error =
        draft.on_error.value_or(errors_consumed ? error_policy::route : error_policy::stop);
    return node;
  }

  bool bind_node(const component_draft& draft, const input_streams& inputs, pipeline_node& node) {
    switch (draft.kind) {
      case component_kind::source: return binder_.bind_source(draft, node);
      case component_kind::transform:
        return binder_.bind_transform(draft, inputs.schemas.front(), node);
      case component_kind::sink: return binder_.bind_sink(draft, inputs.schemas, node);
      case component_kind::format: break;
    }
    return false;
  }

  bool same_columns(const component_draft& draft, const input_streams& inputs) {
    if (draft.kind != component_kind::transform)
      return true;
    bool good = true;
    for (std::size_t i = 1; i < inputs.schemas.size(); ++i) {
      const auto difference = schema_difference(*inputs.schemas[0], inputs.names[0],
                                                *inputs.schemas[i], inputs.names[i]);
      if (difference.empty())
        continue;
      good = false;
      findings_.error(
          inputs.spans[i],
          fmt::format("the inputs of '{}' have different columns: {}", draft.name, difference),
          "give both the same columns, in the same order, by a transform before this one");
    }
    return good;
  }

  bool check_error_policy(std::size_t index) {
    const auto& draft = file_.components[index];
    if (!draft.on_error || !plan_.all_sound())
      return true;
    const bool consumed = plan_.errors_consumed[index];
    const bool routes = *draft.on_error == error_policy::route;
    if (routes && !consumed)
      findings_.error(
          draft.on_error_span,
          fmt::format("on_error: route, but nothing reads '{}.errors'", draft.name),
          fmt::format("add {}.errors to the inputs of a sink, or write drop or stop", draft.name));
    if (!routes && consumed)
      findings_.warning(draft.on_error_span,
                        fmt::format("'{}.errors' is read, but nothing will arrive", draft.name),
                        "leave on_error out, or write on_error: route");
    return !routes || consumed;
  }

  void warn_unread() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const auto& node = graph_.nodes[n];
      for (std::size_t port = 0; port < node.outputs.size(); ++port) {
        const auto& name = node.outputs[port].name;
        if (!read_.contains({n, port, false}))
          findings_.warning(
              node.span,
              fmt::format("nothing reads '{}{}{}'", node.name, name.empty() ? "" : ".", name),
              "its rows are thrown away; add it to the inputs of a sink");
      }
    }
  }

  const file_draft& file_;
  const wire_plan& plan_;
  core::diagnostics& findings_;
  binder binder_;
  bound_graph graph_;
  std::set<stream_ref> read_;
};

} // namespace

checked_pipeline bind(file_draft draft, const wire_plan& plan, const core::catalog& catalog,
                      spec_context& context) {
  auto graph = graph_binder{draft, plan, catalog, context}.run();
  check_test_names(draft, graph, context.findings);
  LEPTON_ASSERT(context.findings.has_errors() || graph.nodes.size() == draft.components.size());
  checked_pipeline out;
  out.nodes = std::move(graph.nodes);
  out.name = std::move(draft.name);
  out.directory = context.directory;
  out.settings = draft.settings;
  out.tests = std::move(draft.tests);
  return out;
}

} // namespace lepton::pipelines
