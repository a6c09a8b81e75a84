#pragma once

#include <string>

namespace lepton::cli {

inline constexpr const char* lepton_version = "0.1.0";

/// Lepton and what it is built with, on one line.
std::string versions_text();

} // namespace lepton::cli
