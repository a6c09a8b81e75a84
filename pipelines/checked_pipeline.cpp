#include "pipelines/checked_pipeline.hpp"

namespace lepton::pipelines {

std::string checked_pipeline::stream_name(const stream_ref& stream) const {
  const auto& node = nodes[stream.node];
  if (stream.errors)
    return node.name + ".errors";
  const auto& port = node.outputs[stream.port].name;
  return port.empty() ? node.name : node.name + "." + port;
}

core::schema_ptr checked_pipeline::stream_schema(const stream_ref& stream) const {
  return stream.errors ? core::error_schema() : nodes[stream.node].outputs[stream.port].schema;
}

} // namespace lepton::pipelines
