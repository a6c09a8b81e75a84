#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `filter`: passes the rows for which a condition is true. A batch of which every row passes is
/// handed on as it is.
core::transform_entry filter_entry();

} // namespace lepton::pipelines
