#pragma once

#include "core/diagnostics.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/input_streams.hpp"

namespace lepton::pipelines {

/// Looks up the sources and streams that the file's tests name, and reports those that do not
/// exist.
void check_test_names(const file_draft& file, const bound_graph& graph,
                      core::diagnostics& findings);

} // namespace lepton::pipelines
