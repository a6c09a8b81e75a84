#pragma once

#include "core/catalog.hpp"

namespace lepton::pipelines {

/// `throttle`: bounds the rows a second of all replicas together; holds the rest back or drops it.
core::transform_entry throttle_entry();

} // namespace lepton::pipelines
