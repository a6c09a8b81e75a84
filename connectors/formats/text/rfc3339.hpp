#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lepton::connectors {

/// Milliseconds since 1970-01-01 UTC of "2025-11-24T17:30:00.123Z" or "...+01:00" (RFC 3339): years
/// 0000 to 9999; 'T' may be 't' or a space, 'Z' may be 'z'; digits below a millisecond are cut off;
/// second 60 counts as the first of the next minute. Empty for anything else.
std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept;

/// Longest text that `write_rfc3339` makes.
inline constexpr int rfc3339_size = 24;

/// Writes "2025-11-24T17:30:00.123Z", always in UTC and with milliseconds. Returns the end; null
/// for times outside the years 0000 to 9999, which RFC 3339 cannot say.
char* write_rfc3339(std::int64_t timestamp_ms, char* to) noexcept;

} // namespace lepton::connectors
