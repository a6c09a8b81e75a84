#pragma once

#include "core/catalog.hpp"
#include "core/component_spec.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::pipelines {

/// One component type or format in the form that lists and reference pages show.
struct listed_component {
  core::component_kind kind = core::component_kind::source;
  std::string type;
  std::string summary;
  std::string doc;
  std::string example;
  /// Fields under a title: "fields" of a component, "decode" and "encode" of a format.
  std::vector<std::pair<std::string, std::vector<core::field_spec>>> groups;
};

/// Every type of the catalog: sources, transforms, sinks, formats; `kind` ("source" or "sources")
/// and `type` narrow it down, empty means any.
std::vector<listed_component> listed(const core::catalog& catalog, std::string_view kind = {},
                                     std::string_view type = {});

/// "duration", "list of text", "route, drop or stop": what a field takes, without its default.
std::string type_text(const core::field_spec& field);

/// "at least 1ms, at most 1h"; empty without limits.
std::string range_text(const core::field_spec& field);

/// The name of a field type as it stands in JSON, e.g. "duration".
const char* name(core::field_type type) noexcept;

} // namespace lepton::pipelines
