#pragma once

#include "core/value.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/spec_check.hpp"

#include <vector>

namespace lepton::pipelines {

/// Reads `tests:`. Checks the shape of each entry; the names of sources and streams in it are
/// looked up later, and its conditions are checked by whoever runs it.
std::vector<pipeline_test> check_tests(const core::value& section, spec_context& context);

} // namespace lepton::pipelines
