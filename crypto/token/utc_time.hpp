#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::crypto {

using utc_seconds = std::chrono::sys_seconds;
using utc_micros = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-25T07:05:00Z" (RFC 3339).
std::string format_utc(utc_seconds time);
/// "2026-11-25T07:05:00.000001Z".
std::string format_utc(utc_micros time);

/// Reads what `format_utc(utc_seconds)` writes and nothing else: years 1970 to 9999, real days, no
/// leap second.
std::optional<utc_seconds> parse_utc(std::string_view text) noexcept;

utc_seconds utc_now() noexcept;

} // namespace lepton::crypto
