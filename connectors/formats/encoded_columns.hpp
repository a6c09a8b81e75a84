#pragma once

#include "core/catalog.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lepton::connectors {

/// The `columns` field that formats with named columns have below `encode:`.
core::field_spec encoded_columns_field();

/// Where the columns that `encode: {columns: [...]}` names (all, if it is absent) stand in the
/// input. Reports unknown and repeated names; returns nothing if there were any.
std::optional<std::vector<std::size_t>> encoded_columns(const core::config& config,
                                                        const core::schema& input,
                                                        const core::bind_context& context);

/// The names of those columns.
std::vector<std::string> names_of(const std::vector<std::size_t>& columns,
                                  const core::schema& input);

} // namespace lepton::connectors
