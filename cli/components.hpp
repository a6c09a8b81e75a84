#pragma once

#include "core/catalog.hpp"

namespace lepton::cli {

/// Every component of this build.
const core::catalog& components();

} // namespace lepton::cli
