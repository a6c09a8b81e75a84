#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::core {

using duration = std::chrono::nanoseconds;

/// Reads "250us", "50ms", "1.5s", "2m", "1h", "7d" or "0". Empty if the text is anything else,
/// is negative or does not fit into 64-bit nanoseconds.
std::optional<duration> parse_duration(std::string_view text);

/// Reads "512", "512B", "64KiB", "1MiB", "2GiB" (powers of 1024) or "1kB", "1MB", "1GB" (powers
/// of 1000). Empty if the text is anything else, is negative or does not fit into 63 bits.
std::optional<std::int64_t> parse_size(std::string_view text);

/// Reads "20%" or "0.2" as the fraction 0.2. Empty outside [0, 1].
std::optional<double> parse_share(std::string_view text);

/// Shortest text that `parse_duration` reads back to nearly the same value, e.g. "1.5s".
std::string format_duration(duration value);

/// Text with a binary unit and at most one decimal, e.g. "1.5 MiB".
std::string format_size(std::int64_t bytes);

} // namespace lepton::core
