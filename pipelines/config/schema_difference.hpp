#pragma once

#include "core/schema.hpp"

#include <string>
#include <string_view>

namespace lepton::pipelines {

/// How two schemas differ, for a message: "amount is float64 in 'a' and int64 in 'b'; only 'b' has
/// note". Empty if they are equal.
std::string schema_difference(const core::schema& a, std::string_view a_name, const core::schema& b,
                              std::string_view b_name);

} // namespace lepton::pipelines
