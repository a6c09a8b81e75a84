#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `derive`: adds columns that expressions compute, or replaces columns. Columns that it does not
/// compute are shared with the input.
core::transform_entry derive_entry();

} // namespace lepton::pipelines
