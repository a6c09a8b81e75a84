#include "connectors/formats/json/json_number.hpp"

#include <charconv>
#include <system_error>

namespace lepton::connectors {

namespace {

constexpr int kept_digits = 19;
constexpr std::int32_t exponent_limit = 1000000;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Collects digits; `kept` counts those that are significant.
class digit_collector {
public:
  explicit digit_collector(json_number& out) : out_{out} {}

  void integer(char c) noexcept {
    if (!take(c) && out_.exponent < exponent_limit)
      ++out_.exponent;
  }
  void fraction(char c) noexcept {
    if (take(c) && out_.exponent > -exponent_limit)
      --out_.exponent;
  }

private:
  bool take(char c) noexcept {
    if (kept_ == kept_digits) {
      out_.dropped |= c != '0';
      return false;
    }
    out_.digits = out_.digits * 10 + static_cast<std::uint64_t>(c - '0');
    kept_ += out_.digits != 0;
    return true;
  }

  json_number& out_;
  int kept_ = 0;
};

json_scan bad(const char* p) noexcept {
  return {p, json_fault::bad_number};
}

json_scan scan_fraction(const char* p, digit_collector& digits) noexcept {
  if (!is_digit(*p))
    return bad(p);
  for (; is_digit(*p); ++p)
    digits.fraction(*p);
  return {p, json_fault::none};
}

json_scan scan_exponent(const char* p, json_number& out) noexcept {
  const bool negative = *p == '-';
  p += *p == '-' || *p == '+';
  if (!is_digit(*p))
    return bad(p);
  std::int32_t value = 0;
  for (; is_digit(*p); ++p)
    if (value < exponent_limit)
      value = value * 10 + (*p - '0');
  out.exponent += negative ? -value : value;
  return {p, json_fault::none};
}

/// How many decimal digits `value` has.
int digit_count(std::uint64_t value) noexcept {
  int count = 1;
  for (; value >= 10; value /= 10)
    ++count;
  return count;
}

number_fault signed_value(std::uint64_t magnitude, bool negative, std::int64_t& out) noexcept {
  constexpr auto limit = static_cast<std::uint64_t>(INT64_MAX);
  if (magnitude > limit + (negative ? 1 : 0))
    return number_fault::out_of_range;
  out = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  return number_fault::none;
}

} // namespace

json_scan scan_number(const char* p, json_number& out) noexcept {
  out = {.begin = p};
  digit_collector digits{out};
  out.negative = *p == '-';
  p += out.negative;
  if (!is_digit(*p))
    return bad(p);
  if (*p == '0' && is_digit(p[1]))
    return bad(p);
  for (; is_digit(*p); ++p)
    digits.integer(*p);
  json_scan scan{p, json_fault::none};
  if (*scan.at == '.')
    scan = scan_fraction(scan.at + 1, digits);
  if (scan.ok() && (*scan.at | 0x20) == 'e')
    scan = scan_exponent(scan.at + 1, out);
  out.end = scan.at;
  return scan;
}

number_fault to_double_slow(const json_number& n, double& out) noexcept {
  if (n.digits == 0) {
    out = n.negative ? -0.0 : 0.0;
    return number_fault::none;
  }
  const auto [rest, error] = std::from_chars(n.begin, n.end, out);
  if (error == std::errc{})
    return number_fault::none;
  if (digit_count(n.digits) + n.exponent > 0)
    return number_fault::out_of_range;
  out = n.negative ? -0.0 : 0.0;
  return number_fault::none;
}

number_fault to_int64_slow(const json_number& n, std::int64_t& out) noexcept {
  std::uint64_t value = n.digits;
  std::int32_t exponent = value == 0 ? 0 : n.exponent;
  if (n.dropped)
    return exponent > 0 ? number_fault::out_of_range : number_fault::not_whole;
  for (; exponent < 0; ++exponent, value /= 10)
    if (value % 10 != 0)
      return number_fault::not_whole;
  for (; exponent > 0; --exponent, value *= 10)
    if (value > static_cast<std::uint64_t>(INT64_MAX) / 10 + 1)
      return number_fault::out_of_range;
  return signed_value(value, n.negative, out);
}

} // namespace lepton::connectors
