#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds the `blackhole` sink.
void register_blackhole(core::catalog& catalog);

} // namespace lepton::connectors
