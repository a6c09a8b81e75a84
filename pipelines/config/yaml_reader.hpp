#pragma once

#include "core/diagnostics.hpp"
#include "core/value.hpp"

#include <optional>
#include <string_view>

namespace lepton::pipelines {

/// Reads one YAML document into a tree in which every scalar is still text and knows its place.
/// Refuses what makes a file ambiguous or dangerous: more than 1 MiB, anchors and aliases, tags,
/// merge keys, several documents, duplicate keys, keys that are not text, nesting beyond 64 levels,
/// tabs that indent, control characters and bytes that are not UTF-8. Reports all it finds; nothing
/// is returned if the tree would not be what the user wrote (duplicate keys keep the first value,
/// anchors and tags are looked through, so that the check can go on). An empty file is a null.
std::optional<core::value> read_yaml(std::string_view text, core::diagnostics& findings);

} // namespace lepton::pipelines
