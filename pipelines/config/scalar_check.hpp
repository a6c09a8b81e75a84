#pragma once

#include "core/component_spec.hpp"
#include "core/value.hpp"
#include "pipelines/config/spec_check.hpp"

#include <optional>
#include <string_view>

namespace lepton::pipelines {

/// Replaces the variables in a scalar and gives it the type of its field. `name` is how messages
/// call the field. Reports what is wrong and returns nothing then; returns a null if variables left
/// nothing of a scalar without quotes.
std::optional<core::value> check_scalar(const core::field_spec& field, const core::value& item,
                                        std::string_view name, spec_context& context);

/// A copy of a value that no spec describes, with variables replaced in each of its scalars.
std::optional<core::value> substitute_all(const core::value& item, spec_context& context);

} // namespace lepton::pipelines
