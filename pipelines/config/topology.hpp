#pragma once

#include "core/diagnostics.hpp"
#include "pipelines/config/wires.hpp"

#include <cstddef>
#include <vector>

namespace lepton::pipelines {

/// The components that read `start`, directly or through others, and `start` itself.
std::vector<bool> components_behind(std::size_t start,
                                    const std::vector<std::vector<wire>>& inputs);

/// Sets `plan.order`. Reports each cycle once, with its path; the components in it are not sound.
void sort_topologically(const std::vector<component_draft>& components, wire_plan& plan,
                        core::diagnostics& findings);

} // namespace lepton::pipelines
