#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `open_fields`: gives values back that `seal_fields` sealed.
core::transform_entry open_fields_entry();

} // namespace lepton::pipelines
