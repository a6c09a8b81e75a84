#pragma once

#include "core/component_spec.hpp"

namespace lepton::kernels {

/// The fields of `infer`.
core::component_spec infer_spec();

} // namespace lepton::kernels
