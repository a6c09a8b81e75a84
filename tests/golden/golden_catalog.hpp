#pragma once

#include "core/catalog.hpp"

namespace lepton::tests {

/// The components that the golden files are checked with.
const core::catalog& golden_catalog();

} // namespace lepton::tests
