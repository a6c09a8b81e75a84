#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// Adds every operator of this folder to the catalog.
void register_operators(core::catalog& catalog);

} // namespace lepton::pipelines
