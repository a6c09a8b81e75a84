#pragma once

#include "actors/runtime.hpp"

#include <string>

namespace lepton::cli {

/// The running pipeline as JSON: settings, components with their inputs and counts, connectors. For
/// GET /api/v1/pipeline. Holds no secret: only names, types and numbers.
std::string pipeline_json(actors::runtime& running);

} // namespace lepton::cli
