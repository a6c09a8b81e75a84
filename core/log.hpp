#pragma once

#include <string_view>

namespace lepton::core {

enum class log_format { text, json };

/// Sets up the process's one logger: to standard error, as text or as one JSON object a line.
/// `level` is trace, debug, info, warn, error or off. Call once, before threads start.
void init_log(log_format format, std::string_view level);

} // namespace lepton::core
