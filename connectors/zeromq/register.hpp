#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds the `zeromq` source and the `zeromq` sink.
void register_zeromq(core::catalog& catalog);
void register_zeromq_source(core::catalog& catalog);
void register_zeromq_sink(core::catalog& catalog);

} // namespace lepton::connectors
