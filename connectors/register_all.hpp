#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds every source, sink and format of this folder.
void register_all(core::catalog& catalog);

} // namespace lepton::connectors
