#pragma once

#include <optional>
#include <string>

namespace lepton::cli {

/// The completion script for "bash", "zsh" or "fish"; empty for another shell.
std::optional<std::string> completion_script(const std::string& shell);

} // namespace lepton::cli
