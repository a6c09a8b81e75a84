#pragma once

#include "core/component_spec.hpp"
#include "core/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// "a duration such as 50ms": what a field of this type takes.
std::string expected_text(core::field_type type);

/// "a list", "a mapping", "nothing" or the scalar as the user wrote it, in quotes and not too long.
std::string got_text(const core::value& item);

/// The start of `text`, for messages: one line, at most 60 characters.
std::string shortened(std::string_view text);

/// "a", "a and b", "a, b and c"; at most `limit` names, then "and 12 more".
std::string joined(const std::vector<std::string>& names, const char* word = "and",
                   std::size_t limit = 24);

/// What to write for a field: its name and meaning, or, if its spec has none, the type it takes.
std::string field_hint(const core::field_spec& field, std::string_view name);

/// A limit of a field as its user would write it, e.g. "10ms" for a duration.
std::string limit_text(core::field_type type, double limit);

/// "did you mean 'topics'? " and/or "the settings are ...".
std::string name_hint(std::string_view word, const std::vector<std::string>& known,
                      std::string_view list_title);

} // namespace lepton::pipelines
