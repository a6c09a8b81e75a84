#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `route`: one named output for each condition, and `_unmatched` for the rows that fit none.
core::transform_entry route_entry();

} // namespace lepton::pipelines
