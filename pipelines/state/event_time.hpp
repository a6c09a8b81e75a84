#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lepton::pipelines {

/// The longest window, gap or lateness: 100 years.
inline constexpr std::int64_t longest_span_ms = std::int64_t{100} * 366 * 86'400'000;

/// Event times are cut off at about 36 million years around 1970, so that differences of times and
/// windows never overflow.
inline constexpr std::int64_t time_bound_ms = std::int64_t{1} << 60;

constexpr std::int64_t bounded_time(std::int64_t ms) noexcept {
  return std::clamp(ms, -time_bound_ms, time_bound_ms);
}

/// A watermark below every time.
inline constexpr std::int64_t no_watermark = std::numeric_limits<std::int64_t>::min();
/// A watermark above every time: the input has ended.
inline constexpr std::int64_t final_watermark = std::numeric_limits<std::int64_t>::max();

/// Rounds down to a multiple of `step`, for negative times too.
constexpr std::int64_t floor_to(std::int64_t ms, std::int64_t step) noexcept {
  const auto rest = ms % step;
  return rest < 0 ? ms - rest - step : ms - rest;
}

/// The bits of a double with one zero and one NaN, to compare values for identity.
inline std::uint64_t canonical_bits(double value) noexcept {
  if (std::isnan(value))
    value = std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
}

} // namespace lepton::pipelines
