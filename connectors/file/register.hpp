#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// The `file` source and the `file` sink.
void register_file_source(core::catalog& catalog);
void register_file_sink(core::catalog& catalog);

} // namespace lepton::connectors
