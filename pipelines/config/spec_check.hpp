#pragma once

#include "core/component_spec.hpp"
#include "core/diagnostics.hpp"
#include "core/value.hpp"
#include "pipelines/config/environment.hpp"
#include "pipelines/config/redaction.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// What every check needs beside the value and its spec.
struct spec_context {
  core::diagnostics& findings;
  redaction& hidden;
  const environment& variables;
  std::string directory; ///< `file:` paths of secrets start here
};

/// Whose fields are checked, for messages: "source 'tx' (kafka)", and where that name stands.
struct spec_owner {
  std::string text;
  core::source_span span;
};

/// Checks a mapping against the fields of its spec and returns it with typed values and defaults,
/// in the order of the spec (see core::value). Every problem is reported with its place: unknown
/// and missing keys, wrong types, values out of range, unknown choices, unset variables. Nothing is
/// returned if there was an error. The object's span becomes that of its owner.
std::optional<core::value> check_fields(const core::value& object,
                                        const std::vector<core::field_spec>& fields,
                                        const spec_owner& owner, spec_context& context);

/// A scalar that the check must look at before it knows the spec (`type`, `format`), as text with
/// its variables replaced. Empty if it is missing, no scalar or cannot be replaced; reports
/// nothing.
std::optional<std::string> peek_text(const core::value& object, std::string_view key,
                                     spec_context& context);

} // namespace lepton::pipelines
