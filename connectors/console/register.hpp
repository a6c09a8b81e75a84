#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Standard input as a source, standard output as a sink.
void register_console_source(core::catalog& catalog);
void register_console_sink(core::catalog& catalog);

} // namespace lepton::connectors
