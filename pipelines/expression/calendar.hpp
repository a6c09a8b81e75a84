#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lepton::pipelines::expr {

inline constexpr std::int64_t ms_per_second = 1000;
inline constexpr std::int64_t ms_per_minute = 60 * ms_per_second;
inline constexpr std::int64_t ms_per_hour = 60 * ms_per_minute;
inline constexpr std::int64_t ms_per_day = 24 * ms_per_hour;

/// `a / b` and its remainder in [0, b), rounded down; `b` > 0. Without branches.
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}
constexpr std::int64_t floor_remainder(std::int64_t a, std::int64_t b) noexcept {
  const std::int64_t r = a % b;
  return r + (r < 0 ? b : 0);
}

/// A day of the proleptic Gregorian calendar.
struct civil_day {
  std::int64_t year = 1970;
  int month = 1; ///< 1..12
  int day = 1;   ///< 1..31
};

/// Days since 1970-01-01 and back, for any day that 64-bit milliseconds can reach.
civil_day civil_from_days(std::int64_t days) noexcept;
std::int64_t days_from_civil(civil_day day) noexcept;
/// 1 for the first of January.
int day_of_year(std::int64_t days) noexcept;

/// Milliseconds of an RFC 3339 text ("2024-02-29T23:59:59.5+01:00"), or of a date alone
/// (midnight UTC). Digits below the millisecond are cut off. Empty if the text is anything else.
std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept;

/// Longest text of `format_timestamp`.
inline constexpr std::size_t timestamp_text_size = 32;
/// Writes RFC 3339 in UTC, with milliseconds only if there are any; returns the length.
std::size_t format_timestamp(std::int64_t ms, char* to) noexcept;

} // namespace lepton::pipelines::expr
