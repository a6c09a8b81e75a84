#pragma once

#include "core/catalog.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/spec_check.hpp"
#include "pipelines/config/wires.hpp"

#include <optional>
#include <vector>

namespace lepton::pipelines {

/// Binds every component after its inputs: source to decoder to schema, transforms to the schema of
/// their input, sinks to an encoder for each input. A component that fails, or whose input failed,
/// is left out (its output is unknown, and what reads it is not checked further); all others are
/// still checked. `draft.tests` are moved over after their names were looked up.
checked_pipeline bind(file_draft draft, const wire_plan& plan, const core::catalog& catalog,
                      spec_context& context);

} // namespace lepton::pipelines
