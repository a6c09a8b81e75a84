#pragma once

#include "pipelines/checked_pipeline.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// One stream from a component to a reader of it.
struct graph_edge {
  std::size_t from = 0; ///< index into `checked_pipeline::nodes`
  std::size_t to = 0;
  stream_ref stream;
  std::string label; ///< "errors", the name of the output, or empty for the default output
};

/// Every input of every component, ordered by origin, then output (errors last), then reader.
std::vector<graph_edge> edges_of(const checked_pipeline& pipeline);

/// "kafka source", "derive", "file sink": what a component is, for a drawing.
std::string node_title(const pipeline_node& node);

/// "route", "drop" or "stop".
const char* name(error_policy policy) noexcept;

} // namespace lepton::pipelines
