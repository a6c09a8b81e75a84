#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `seal_fields`: replaces values by envelopes in base64, or by keyed hashes. The other columns
/// stay in clear and can be used.
core::transform_entry seal_fields_entry();

} // namespace lepton::pipelines
