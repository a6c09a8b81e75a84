#pragma once

#include "core/catalog.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lepton::pipelines {

/// The Markdown pages of docs/reference, as (file name, text): settings and common fields, sources,
/// transforms, sinks, formats, and an index. Made from the specs alone.
std::vector<std::pair<std::string, std::string>> reference_pages(const core::catalog& catalog);

/// A table of the component types of `kind` ("source", ...; empty = all), or, with `type`, all
/// about one. Empty if there is none.
std::optional<std::string> list_text(const core::catalog& catalog, const std::string& kind,
                                     const std::string& type);

/// The same as a JSON array, with every field; ends with a newline.
std::optional<std::string> list_json(const core::catalog& catalog, const std::string& kind,
                                     const std::string& type);

} // namespace lepton::pipelines
