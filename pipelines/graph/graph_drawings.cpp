#include "pipelines/graph/graph.hpp"
#include "pipelines/graph/graph_edges.hpp"

#include <fmt/format.h>

#include <string_view>

namespace lepton::pipelines {

namespace {

using core::component_kind;

/// `text` inside double quotes, where `quote` stands for a double quote and `backslash` for itself.
std::string escaped(std::string_view text, std::string_view quote, std::string_view backslash) {
  std::string out;
  for (const char c : text) {
    if (c == '"')
      out += quote;
    else if (c == '\\')
      out += backslash;
    else
      out += c;
  }
  return out;
}

std::string mermaid_node(const pipeline_node& node, std::size_t index) {
  const char* open = node.kind == component_kind::transform ? "[" : "([";
  const char* close = node.kind == component_kind::transform ? "]" : "])";
  return fmt::format("  n{}{}\"{}<br/>{}\"{}\n", index, open, node.name, node_title(node), close);
}

std::string mermaid_edge(const graph_edge& edge) {
  const auto label = escaped(edge.label, "#quot;", "\\");
  if (edge.stream.errors)
    return fmt::format("  n{} -. \"{}\" .-> n{}\n", edge.from, label, edge.to);
  if (label.empty())
    return fmt::format("  n{} --> n{}\n", edge.from, edge.to);
  return fmt::format("  n{} -- \"{}\" --> n{}\n", edge.from, label, edge.to);
}

const char* dot_shape(component_kind kind) {
  return kind == component_kind::transform ? "box" : "ellipse";
}

} // namespace

std::string graph_mermaid(const checked_pipeline& pipeline) {
  std::string out = "flowchart LR\n";
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    out += mermaid_node(pipeline.nodes[n], n);
  for (const auto& edge : edges_of(pipeline))
    out += mermaid_edge(edge);
  return out;
}

std::string graph_dot(const checked_pipeline& pipeline) {
  std::string out = fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n", pipeline.name);
  for (const auto& node : pipeline.nodes)
    out += fmt::format("  \"{}\" [shape={}, label=\"{}\\n{}\"];\n", node.name, dot_shape(node.kind),
                       node.name, node_title(node));
  for (const auto& edge : edges_of(pipeline)) {
    out += fmt::format("  \"{}\" -> \"{}\"", pipeline.nodes[edge.from].name,
                       pipeline.nodes[edge.to].name);
    if (!edge.label.empty())
      out += fmt::format(" [label=\"{}\"{}]", escaped(edge.label, "\\\"", "\\\\"),
                         edge.stream.errors ? ", style=dashed" : "");
    out += ";\n";
  }
  return out + "}\n";
}

} // namespace lepton::pipelines
