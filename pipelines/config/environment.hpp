#pragma once

#include "core/diagnostics.hpp"
#include "core/source_span.hpp"
#include "pipelines/config/redaction.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::pipelines {

/// Looks up an environment variable; tests give their own.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// That of this process.
environment process_environment();

/// Replaces `${NAME}`, `${NAME:-default}` (the default also stands in for an empty variable) and
/// `$$` (one dollar sign); any other `$` stays. A variable without value and default, or a
/// reference that is not closed, is an error at `span`. The values are added to `hidden`.
std::optional<std::string> substitute(std::string_view text, core::source_span span,
                                      const environment& variables, redaction& hidden,
                                      core::diagnostics& findings);

} // namespace lepton::pipelines
