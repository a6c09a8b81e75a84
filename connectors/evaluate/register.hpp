#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Adds the `evaluate` sink.
void register_evaluate(core::catalog& catalog);

} // namespace lepton::connectors
