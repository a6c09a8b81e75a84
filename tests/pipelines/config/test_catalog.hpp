#pragma once

#include "core/catalog.hpp"

namespace lepton::tests {

/// A small catalog with the names and fields that users know, for tests of the configuration: it
/// binds schemas, columns and expressions, but opens nothing and moves no row.
const core::catalog& test_catalog();

/// Parts of it.
void add_test_connectors(core::catalog& catalog);
void add_test_formats(core::catalog& catalog);
void add_test_transforms(core::catalog& catalog);

/// Reports a column that `input` does not have, at the place of `field`. False if it is missing.
bool has_column(const core::config& config, std::string_view field, const std::string& column,
                const core::schema& input, const core::bind_context& context);

} // namespace lepton::tests
