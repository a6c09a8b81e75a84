#include "pipelines/config/input_streams.hpp"

#include "pipelines/config/field_text.hpp"
#include "pipelines/config/glob.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

std::string stream_text_of(const std::string& component, std::string_view port) {
  return port.empty() ? component : fmt::format("{}.{}", component, port);
}

void add(input_streams& out, stream_ref stream, std::string name, core::schema_ptr schema,
         core::source_span span) {
  out.streams.push_back(stream);
  out.names.push_back(std::move(name));
  out.schemas.push_back(std::move(schema));
  out.spans.push_back(span);
}

void add_outputs(const wire& each, std::size_t index, const bound_graph& graph,
                 core::diagnostics& findings, input_streams& out) {
  const auto& node = graph.nodes[index];
  const auto before = out.streams.size();
  for (std::size_t port = 0; port < node.outputs.size(); ++port) {
    const auto& [name, schema] = node.outputs[port];
    if (each.glob ? glob_matches(each.port, name) : each.port == name)
      add(out, {index, port, false}, stream_text_of(node.name, name), schema, each.span);
  }
  if (out.streams.size() != before || each.glob)
    return;
  out.known = false;
  report_no_output(node, each.port, each.span, findings);
}

} // namespace

input_streams resolve_inputs(std::size_t index, const file_draft& file, const wire_plan& plan,
                             const bound_graph& graph, core::diagnostics& findings) {
  input_streams out;
  for (const auto& each : plan.inputs[index]) {
    const auto node = graph.node_of[each.from];
    if (each.errors)
      add(out, {node.value_or(0), 0, true},
          stream_text_of(file.components[each.from].name, "errors"), core::error_schema(),
          each.span);
    else if (node)
      add_outputs(each, *node, graph, findings, out);
    else
      out.known = false;
  }
  const auto& wires = plan.inputs[index];
  if (out.known && out.streams.empty() && !wires.empty()) {
    findings.error(wires.front().span, "no output matches this pattern",
                   "components whose outputs have names are read as <name>.<output>");
    out.known = false;
  }
  return out;
}

void report_no_output(const pipeline_node& node, std::string_view port, core::source_span span,
                      core::diagnostics& findings) {
  std::vector<std::string> streams;
  for (const auto& output : node.outputs)
    streams.push_back(stream_text_of(node.name, output.name));
  streams.push_back(stream_text_of(node.name, "errors"));
  const auto message = port.empty()
                           ? fmt::format("'{}' has no output without a name", node.name)
                           : fmt::format("'{}' has no output '{}'", node.name, shortened(port));
  findings.error(
      span, message,
      name_hint(port.empty() ? "" : stream_text_of(node.name, port), streams, "its outputs are"));
}

} // namespace lepton::pipelines
