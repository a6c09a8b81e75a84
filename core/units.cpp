#include "core/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace lepton::core {

namespace {

using unit = std::pair<std::string_view, double>;

constexpr std::array<unit, 8> duration_units{{{"ns", 1.0},
                                              {"us", 1e3},
                                              {"µs", 1e3},
                                              {"ms", 1e6},
                                              {"s", 1e9},
                                              {"m", 60e9},
                                              {"h", 3600e9},
                                              {"d", 86400e9}}};
constexpr double kib = 1024.0;
constexpr std::array<unit, 9> size_units{{{"B", 1.0},
                                          {"KiB", kib},
                                          {"MiB", kib* kib},
                                          {"GiB", kib* kib* kib},
                                          {"TiB", kib* kib* kib* kib},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"TB", 1e12}}};

/// Splits "1.5s" into 1.5 and "s". Empty if there is no plain decimal number in front.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0)
    return std::nullopt;
  return std::pair{number, std::string_view{rest, static_cast<std::size_t>(end - rest)}};
}

template <std::size_t N>
std::optional<double> scaled(std::string_view text, const std::array<unit, N>& units) {
  const auto parts = split_number(text);
  if (!parts)
    return std::nullopt;
  auto suffix = parts->second;
  while (!suffix.empty() && suffix.front() == ' ')
    suffix.remove_prefix(1);
  for (const auto& [name, factor] : units)
    if (suffix == name)
      return parts->first * factor;
  return std::nullopt;
}

constexpr double int64_limit = 9.2e18;

} // namespace

std::optional<duration> parse_duration(std::string_view text) {
  if (text == "0")
    return duration{0};
  const auto ns = scaled(text, duration_units);
  if (!ns || *ns > int64_limit)
    return std::nullopt;
  return duration{static_cast<std::int64_t>(std::llround(*ns))};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  auto bytes = scaled(text, size_units);
  if (!bytes) {
    const auto parts = split_number(text);
    if (!parts || !parts->second.empty())
      return std::nullopt;
    bytes = parts->first;
  }
  if (*bytes > int64_limit)
    return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*bytes));
}

std::optional<double> parse_share(std::string_view text) {
  const auto parts = split_number(text);
  if (!parts || (!parts->second.empty() && parts->second != "%"))
    return std::nullopt;
  const double share = parts->second.empty() ? parts->first : parts->first / 100.0;
  if (share > 1.0)
    return std::nullopt;
  return share;
}

std::string format_duration(duration value) {
  const double ns = static_cast<double>(value.count());
  if (value.count() == 0)
    return "0";
  for (const auto& [name, factor] : {unit{"d", 86400e9}, unit{"h", 3600e9}, unit{"m", 60e9},
                                     unit{"s", 1e9}, unit{"ms", 1e6}, unit{"us", 1e3}})
    if (ns >= factor)
      return ns / factor < 1000 ? fmt::format("{:.4g}{}", ns / factor, name)
                                : fmt::format("{:.0f}{}", ns / factor, name);
  return fmt::format("{}ns", value.count());
}

std::string format_size(std::int64_t bytes) {
  double number = static_cast<double>(bytes);
  if (bytes < 1024)
    return fmt::format("{} B", bytes);
  for (const char* name : {"KiB", "MiB", "GiB"}) {
    number /= kib;
    if (number < kib)
      return fmt::format("{:.4g} {}", std::round(number * 10) / 10, name);
  }
  return fmt::format("{:.4g} TiB", std::round(number / kib * 10) / 10);
}

} // namespace lepton::core
