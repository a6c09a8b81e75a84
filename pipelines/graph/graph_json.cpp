#include "pipelines/graph/graph.hpp"
#include "pipelines/graph/graph_edges.hpp"

#include <nlohmann/json.hpp>

namespace lepton::pipelines {

namespace {

using json = nlohmann::ordered_json;

json columns_json(const core::schema& schema) {
  auto columns = json::array();
  for (const auto& field : schema.fields())
    columns.push_back({{"name", field.name},
                       {"type", core::to_string(field.type)},
                       {"nullable", field.nullable}});
  return columns;
}

json node_json(const checked_pipeline& pipeline, std::size_t index) {
  const auto& node = pipeline.nodes[index];
  auto inputs = json::array();
  for (const auto& input : node.inputs)
    inputs.push_back(pipeline.stream_name(input));
  auto outputs = json::array();
  for (std::size_t port = 0; port < node.outputs.size(); ++port)
    outputs.push_back({{"stream", pipeline.stream_name({index, port, false})},
                       {"columns", columns_json(*node.outputs[port].schema)}});
  json out{{"name", node.name},
           {"kind", core::name(node.kind)},
           {"type", node.type},
           {"line", node.span.line},
           {"inputs", inputs},
           {"outputs", outputs},
           {"on_error", name(node.on_error)}};
  if (node.kind == core::component_kind::sink)
    out["when_full"] = node.when_full == full_policy::block ? "block" : "drop_newest";
  return out;
}

} // namespace

std::string graph_json(const checked_pipeline& pipeline) {
  auto components = json::array();
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    components.push_back(node_json(pipeline, n));
  auto edges = json::array();
  for (const auto& edge : edges_of(pipeline))
    edges.push_back({{"from", pipeline.nodes[edge.from].name},
                     {"to", pipeline.nodes[edge.to].name},
                     {"stream", pipeline.stream_name(edge.stream)},
                     {"errors", edge.stream.errors}});
  const json out{{"pipeline", pipeline.name}, {"components", components}, {"edges", edges}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

} // namespace lepton::pipelines
