#pragma once

#include "core/catalog.hpp"
#include "core/value.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/spec_check.hpp"

namespace lepton::pipelines {

/// Checks one entry of `sources`, `transforms` or `sinks` against the spec of its type and the keys
/// that all components share. Knows nothing of other components.
component_draft check_component(core::component_kind kind, const core::value_entry& entry,
                                const core::catalog& catalog, spec_context& context);

} // namespace lepton::pipelines
