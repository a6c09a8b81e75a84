#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// One payload format each.
void register_json(core::catalog& catalog);
void register_csv(core::catalog& catalog);
void register_raw(core::catalog& catalog);

} // namespace lepton::connectors
