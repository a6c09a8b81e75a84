#pragma once

#include "connectors/formats/json/json_blocks.hpp"
#include "connectors/formats/json/json_fault.hpp"

#include <cstdint>

namespace lepton::connectors {

/// A number as it stands in the text: digits * 10^exponent with a sign. At most 19 significant
/// digits are kept; `dropped` says that others that are not zero followed.
struct json_number {
  std::uint64_t digits = 0;
  std::int32_t exponent = 0;
  bool negative = false;
  bool dropped = false;
  const char* begin = nullptr;
  const char* end = nullptr;
};

/// Reads any number of the JSON grammar at p. What follows it is not looked at.
json_scan scan_number(const char* p, json_number& out) noexcept;

enum class number_fault { none, out_of_range, not_whole };

/// The nearest double. Numbers that round to infinity are out of range; too small ones are zero.
number_fault to_double_slow(const json_number& number, double& out) noexcept;

/// The exact value. 1.0, 1e3 and 1.5e1 are whole, 1.5 and 1e-1 are not.
number_fault to_int64_slow(const json_number& number, std::int64_t& out) noexcept;

/// Powers of ten that a double holds exactly.
inline constexpr double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Reads the common case at once: at most 15 digits with or without a point, no exponent. False if
/// the number is anything else, good or bad.
[[gnu::always_inline]] inline bool quick_number(const char* p, json_number& out) noexcept {
  const bool negative = *p == '-';
  const char* const first = p + negative;
  const auto [digits, points] = json_blocks::best::numbers(first);
  const auto length = json_blocks::first_bit(~(digits | points)); // 16: perhaps more
  const auto inside = points & ((1u << length) - 1);
  const auto point = json_blocks::first_bit(inside | 1u << length);
  const unsigned has_point = inside != 0;
  const unsigned fraction = length - point - has_point;
  const bool odd = (length - 1 > 14) | ((inside & (inside - 1)) != 0) | (point == 0) |
                   (fraction < has_point) | ((*first == '0') & (point > 1)) |
                   ((first[length & 15] | 0x20) == 'e');
  if (odd) [[unlikely]]
    return false;
  out.digits = json_blocks::best::to_integer(first, length - has_point, point);
  out.exponent = -static_cast<std::int32_t>(fraction);
  out.negative = negative;
  out.dropped = false;
  out.begin = p;
  out.end = first + length;
  return true;
}

/// `scan_number` with the quick way first.
inline json_scan read_number(const char* p, json_number& out) noexcept {
  if (quick_number(p, out)) [[likely]]
    return {out.end, json_fault::none};
  return scan_number(p, out);
}

inline number_fault to_double(const json_number& n, double& out) noexcept {
  if (n.dropped || n.digits > (1ull << 53) || n.exponent > 0 || n.exponent < -22) [[unlikely]]
    return to_double_slow(n, out);
  // Both operands are exact, so that one division rounds once: the nearest double (Clinger 1990).
  const double value = static_cast<double>(static_cast<std::int64_t>(n.digits)) /
                       exact_powers[static_cast<unsigned>(-n.exponent)];
  out = n.negative ? -value : value;
  return number_fault::none;
}

inline number_fault to_int64(const json_number& n, std::int64_t& out) noexcept {
  if (n.exponent != 0 || n.dropped || n.digits > INT64_MAX) [[unlikely]]
    return to_int64_slow(n, out);
  const auto value = static_cast<std::int64_t>(n.digits);
  out = n.negative ? -value : value;
  return number_fault::none;
}

} // namespace lepton::connectors
