#pragma once

#include "connectors/lines/line_reader.hpp"
#include "core/catalog.hpp"

#include <vector>

namespace lepton::connectors {

/// The fields that say how bytes are cut into lines.
std::vector<core::field_spec> line_fields();
line_options read_line_options(const core::config& config);

} // namespace lepton::connectors
