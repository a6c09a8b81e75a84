#pragma once

#include "core/catalog.hpp"

namespace lepton::kernels {

/// Adds the `infer` transform.
void register_infer(core::catalog& catalog);

} // namespace lepton::kernels
