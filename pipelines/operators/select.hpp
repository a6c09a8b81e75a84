#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `select`: keeps, leaves out, orders and renames columns. Copies no values.
core::transform_entry select_entry();

} // namespace lepton::pipelines
