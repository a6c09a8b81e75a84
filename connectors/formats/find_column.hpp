#pragma once

#include "core/catalog.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace lepton::connectors {

/// Where the column `name` stands in the input; reports one that is not there at `span`.
std::optional<std::size_t> find_column(const std::string& name, core::source_span span,
                                       const core::schema& input,
                                       const core::bind_context& context);

} // namespace lepton::connectors
