#include "cli/pipeline_json.hpp"

#include "core/units.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lepton::cli {

namespace {

using json = nlohmann::ordered_json;

/// Counters of one component by the short names of their metrics.
json counts_of(const std::vector<core::metrics_registry::entry>& entries,
               const std::string& component) {
  json out = json::object();
  for (const auto& entry : entries) {
    if (!entry.counts)
      continue;
    const bool own = std::any_of(entry.labels.begin(), entry.labels.end(), [&](const auto& label) {
      return label.first == "component" && label.second == component;
    });
    if (!own)
      continue;
    std::string name = core::info(entry.which).name;
    for (const auto& [key, value] : entry.labels)
      if (key == "cause")
        name += "_" + value;
    out[name] = entry.counts->value();
  }
  return out;
}

json component_json(const pipelines::checked_pipeline& pipeline,
                    const pipelines::pipeline_node& node,
                    const std::vector<core::metrics_registry::entry>& entries) {
  json inputs = json::array();
  for (const auto& input : node.inputs)
    inputs.push_back(pipeline.stream_name(input));
  return {{"name", node.name},
          {"kind", core::name(node.kind)},
          {"type", node.type},
          {"inputs", inputs},
          {"counts", counts_of(entries, node.name)}};
}

} // namespace

std::string pipeline_json(actors::runtime& running) {
  const auto& pipeline = running.pipeline();
  const auto entries = running.metrics().snapshot();
  json components = json::array();
  for (const auto& node : pipeline.nodes)
    components.push_back(component_json(pipeline, node, entries));
  json connectors = json::array();
  for (const auto& one : running.connectors())
    connectors.push_back({{"component", one.component},
                          {"connected", one.connected},
                          {"ended", one.ended},
                          {"lag", one.lag ? json(*one.lag) : json(nullptr)}});
  const json out{{"pipeline", pipeline.name},
                 {"workers", running.plan().workers},
                 {"memory_bound_bytes", running.plan().memory_bound},
                 {"components", components},
                 {"connectors", connectors}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace lepton::cli
