#pragma once

#include "core/component_spec.hpp"
#include "core/source.hpp"
#include "core/value.hpp"

#include <string>

namespace lepton::connectors {

/// The field `batch` of a source: upper bounds of one batch, `records` by default.
core::field_spec batch_field(std::string records);

/// Reads it after its check.
core::poll_budget read_batch(const core::config& source);

} // namespace lepton::connectors
