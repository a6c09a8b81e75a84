#pragma once

#include <cstddef>

namespace lepton::pipelines {

/// Bounds on a configuration file: far above what a person writes, low enough that a hostile file
/// costs little.
inline constexpr std::size_t max_file_bytes = std::size_t{1} << 20;
inline constexpr std::size_t max_nesting = 64;
inline constexpr std::size_t max_components = 1000;
/// Findings shown for one file; the rest is counted but not kept.
inline constexpr std::size_t max_findings = 200;
/// Size of a file that `file:PATH` names as a secret.
inline constexpr std::size_t max_secret_bytes = std::size_t{64} << 10;
/// How much of the user's text one message quotes.
inline constexpr std::size_t max_quoted_columns = 60;

} // namespace lepton::pipelines
