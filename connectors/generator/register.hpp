#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds the `generator` source.
void register_generator(core::catalog& catalog);

} // namespace lepton::connectors
