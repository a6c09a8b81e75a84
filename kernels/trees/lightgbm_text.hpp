#pragma once

#include "core/result.hpp"
#include "kernels/trees/tree_ensemble.hpp"

#include <string_view>

namespace lepton::kernels::trees {

/// Parses LightGBM's text format (`save_model`, version 2 to 4), checked. All trees in the file
/// count. Errors: malformed, unsupported (linear trees, unknown objectives), capacity.
core::result<tree_ensemble> read_lightgbm_text(std::string_view file);

} // namespace lepton::kernels::trees
