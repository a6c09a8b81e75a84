#include "pipelines/graph/graph_edges.hpp"

#include <algorithm>
#include <tuple>

namespace lepton::pipelines {

std::vector<graph_edge> edges_of(const checked_pipeline& pipeline) {
  std::vector<graph_edge> edges;
  for (std::size_t to = 0; to < pipeline.nodes.size(); ++to)
    for (const auto& stream : pipeline.nodes[to].inputs) {
      const auto& from = pipeline.nodes[stream.node];
      edges.push_back(
          {stream.node, to, stream, stream.errors ? "errors" : from.outputs[stream.port].name});
    }
  const auto key = [](const graph_edge& edge) {
    return std::tuple{edge.from, edge.stream.errors, edge.stream.port, edge.to};
  };
  std::sort(edges.begin(), edges.end(),
            [&](const graph_edge& a, const graph_edge& b) { return key(a) < key(b); });
  return edges;
}

std::string node_title(const pipeline_node& node) {
  const bool plain = node.kind == core::component_kind::transform;
  return plain ? node.type : node.type + " " + core::name(node.kind);
}

const char* name(error_policy policy) noexcept {
  switch (policy) {
    case error_policy::route: return "route";
    case error_policy::drop: return "drop";
    case error_policy::stop: return "stop";
  }
  return "stop";
}

} // namespace lepton::pipelines
