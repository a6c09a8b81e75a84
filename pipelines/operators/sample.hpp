#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `sample`: passes a part of the rows, chosen by a hash (the same rows in every run) or by
/// counting.
core::transform_entry sample_entry();

} // namespace lepton::pipelines
