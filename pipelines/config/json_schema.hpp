#pragma once

#include "core/catalog.hpp"

#include <string>

namespace lepton::pipelines {

/// The JSON Schema (draft 2020-12) of a pipeline file, made from the specs, as JSON text. For
/// editors and validators that read YAML: it accepts what the check accepts, also `${NAME}` where a
/// number is meant, and refuses unknown keys. It knows nothing of columns, streams and files.
std::string json_schema(const core::catalog& catalog);

} // namespace lepton::pipelines
