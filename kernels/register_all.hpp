#pragma once

#include "core/catalog.hpp"

namespace lepton::kernels {

/// Adds every component of this folder.
void register_all(core::catalog& catalog);

} // namespace lepton::kernels
