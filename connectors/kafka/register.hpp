#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds the `kafka` source and the `kafka` sink.
void register_kafka(core::catalog& catalog);

} // namespace lepton::connectors
