#pragma once

#include "pipelines/state/key_layout.hpp"

#include <string>
#include <vector>

namespace lepton::pipelines {

/// The fields with each of them nullable.
std::vector<core::field> nullable_fields(std::vector<core::field> fields);

/// A row of nulls in a layout whose fields are all nullable.
std::string row_of_nulls(const key_layout& layout);

/// Differs between lists of fields of different types.
std::uint64_t hash_of_types(const std::vector<core::field>& fields);

} // namespace lepton::pipelines
