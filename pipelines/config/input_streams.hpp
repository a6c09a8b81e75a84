#pragma once

#include "core/diagnostics.hpp"
#include "core/schema.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/wires.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// What is bound so far.
struct bound_graph {
  std::vector<pipeline_node> nodes;
  std::vector<std::optional<std::size_t>> node_of; ///< by component; empty: failed or not yet bound
};

/// The streams that a component reads, with their schemas and the places in `inputs:`.
struct input_streams {
  std::vector<stream_ref> streams;
  std::vector<std::string> names;
  std::vector<core::schema_ptr> schemas;
  std::vector<core::source_span> spans;
  bool known = true; ///< false: an output does not exist, or its component failed
};

/// Finds the outputs that the wires of component `index` mean. Reports outputs that do not exist.
input_streams resolve_inputs(std::size_t index, const file_draft& file, const wire_plan& plan,
                             const bound_graph& graph, core::diagnostics& findings);

/// Reports that a bound component has no output of that name.
void report_no_output(const pipeline_node& node, std::string_view port, core::source_span span,
                      core::diagnostics& findings);

} // namespace lepton::pipelines
