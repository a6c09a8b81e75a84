#pragma once

#include "core/catalog.hpp"
#include "core/value.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/spec_check.hpp"

namespace lepton::pipelines {

/// Checks the file section by section: top-level keys, settings, each component by itself, and that
/// no two share a name. Reports every problem; what it returns is complete only if there was none.
file_draft check_sections(const core::value& file, const core::catalog& catalog,
                          spec_context& context);

} // namespace lepton::pipelines
