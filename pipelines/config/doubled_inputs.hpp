#pragma once

#include "core/diagnostics.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/input_streams.hpp"

#include <vector>

namespace lepton::pipelines {

/// For a sink that tells records apart by their place at their source: reports each of its inputs
/// that one record can take by two ways, because these part at a component and join again before
/// the sink. `inputs` are those of the sink, `nodes` all nodes before it. Does not look at
/// conditions: two filters that exclude each other are two ways.
void refuse_doubled_inputs(const pipeline_node& sink, const input_streams& inputs,
                           const std::vector<pipeline_node>& nodes, core::diagnostics& findings);

} // namespace lepton::pipelines
