#include "connectors/formats/text/number_text.hpp"

#include <charconv>
#include <cmath>

namespace lepton::connectors {

namespace {

constexpr double scale = 10000;
constexpr int scale_digits = 4;

/// Large numbers get an exponent: readers take digits alone for an integer, of 64 bits at most.
template <class T>
char* write_shortest(T value, char* to) noexcept {
  const auto size = std::fabs(value);
  const bool plain = size == 0 || (size >= T(1e-5) && size < T(1e15));
  char* const end = to + float_text_size;
  return plain ? std::to_chars(to, end, value, std::chars_format::fixed).ptr
               : std::to_chars(to, end, value, std::chars_format::scientific).ptr;
}

/// `units` ten-thousandths without zeros at the end.
char* write_units(std::uint32_t units, char* to) noexcept {
  to = std::to_chars(to, to + float_text_size, units / 10000).ptr;
  std::uint32_t rest = units % 10000;
  if (rest == 0)
    return to;
  *to = '.';
  int digits = scale_digits;
  for (; rest % 10 == 0; --digits)
    rest /= 10;
  for (int i = digits; i > 0; --i, rest /= 10)
    to[i] = static_cast<char>('0' + rest % 10);
  return to + digits + 1;
}

/// Amounts, rates and rounded measurements have few decimals. Such a number of at most `most` units
/// has no shorter text: so few digits name each number of the type only once.
template <class T>
char* write_few_decimals(T value, double most, char* to) noexcept {
  const double units = std::fabs(static_cast<double>(value)) * scale;
  if (!(units < most))
    return nullptr;
  const auto whole = static_cast<std::uint32_t>(units + 0.5);
  if (static_cast<T>(whole / scale) != std::fabs(value))
    return nullptr;
  if (std::signbit(value))
    *to++ = '-';
  return write_units(whole, to);
}

} // namespace

char* write_integer(std::int64_t value, char* to) noexcept {
  return std::to_chars(to, to + integer_text_size, value).ptr;
}

char* write_float(float value, char* to) noexcept {
  // A float tells all numbers of six digits apart.
  char* const end = write_few_decimals(value, 999999, to);
  return end ? end : write_shortest(value, to);
}

char* write_double(double value, char* to) noexcept {
  char* const end = write_few_decimals(value, 4e9, to);
  return end ? end : write_shortest(value, to);
}

} // namespace lepton::connectors
