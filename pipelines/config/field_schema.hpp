#pragma once

#include "core/component_spec.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace lepton::pipelines {

/// JSON Schema of one value. References `#/$defs/variable`, `#/$defs/columns` and `#/$defs/scalar`,
/// see `shared_definitions`.
nlohmann::ordered_json field_schema(const core::field_spec& field);

/// JSON Schema of a mapping with these keys and no others.
nlohmann::ordered_json object_schema(const std::vector<core::field_spec>& fields);

/// The definitions that `field_schema` refers to.
nlohmann::ordered_json shared_definitions();

} // namespace lepton::pipelines
