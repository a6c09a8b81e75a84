// bool(x), int(x), double(x), string(x), bytes(x), timestamp(x) and duration(x). What does not fit
// or does not parse fails its row.
#include "core/units.hpp"
#include "pipelines/expression/calendar.hpp"
#include "pipelines/expression/overloads.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace lepton::pipelines::expr {

namespace {

using int64 = std::int64_t;

template <class A, class R>
void cast(kernel_call& c) {
  map_rows<A, R>(c, [](A a) { return static_cast<R>(a); });
}

void int_of_double(kernel_call& c) {
  constexpr double limit = 9223372036854775808.0; // 2^63
  const auto* a = c.args[0].as<double>();
  auto* out = c.result<int64>();
  for (std::size_t i = 0; i < c.rows; ++i) {
    const bool fits = a[i] >= -limit && a[i] < limit; // false for NaN
    out[i] = static_cast<int64>(fits ? a[i] : 0.0);
    if (!fits)
      c.fail(i, failure::number_range);
  }
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<std::uint8_t> parse_boolean(std::string_view text) {
  if (text == "true")
    return std::uint8_t{1};
  if (text == "false")
    return std::uint8_t{0};
  return std::nullopt;
}

std::optional<int64> parse_duration_ms(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto parsed = core::parse_duration(text.substr(negative ? 1 : 0));
  if (!parsed)
    return std::nullopt;
  const int64 ms = std::chrono::duration_cast<std::chrono::milliseconds>(*parsed).count();
  return negative ? -ms : ms;
}

template <class R, auto Parse, failure Why>
void parse_rows(kernel_call& c) {
  const auto* a = c.args[0].as<std::string_view>();
  auto* out = c.result<R>();
  for (std::size_t i = 0; i < c.rows; ++i) {
    const std::optional<R> value = Parse(a[i]);
    out[i] = value.value_or(R{});
    if (!value)
      c.fail(i, Why);
  }
}

template <class A, auto Format>
void format_rows(kernel_call& c) {
  const auto* a = c.args[0].as<A>();
  auto* out = c.result<std::string_view>();
  for (std::size_t i = 0; i < c.rows; ++i) {
    char text[timestamp_text_size];
    out[i] = c.strings->copy({text, Format(a[i], text)});
    if (!out[i].data())
      c.fail(i, failure::too_long);
  }
}

std::size_t format_number(auto value, char* to) {
  return static_cast<std::size_t>(fmt::format_to(to, "{}", value) - to);
}
constexpr auto format_integer = [](int64 x, char* to) { return format_number(x, to); };
constexpr auto format_real = [](double x, char* to) { return format_number(x, to); };

void string_of_boolean(kernel_call& c) {
  map_rows<std::uint8_t, std::string_view>(
      c, [](std::uint8_t a) { return a ? std::string_view{"true"} : std::string_view{"false"}; });
}

void add_numbers(const auto& add) {
  using enum value_type;
  add("int", integer, integer, nullptr);
  add("int", real, integer, int_of_double);
  add("int", boolean, integer, cast<std::uint8_t, int64>);
  add("int", timestamp, integer, cast<int64, int64>);
  add("int", string, integer, parse_rows<int64, parse_number<int64>, failure::not_a_number>);
  add("double", real, real, nullptr);
  add("double", integer, real, cast<int64, double>);
  add("double", boolean, real, cast<std::uint8_t, double>);
  add("double", string, real, parse_rows<double, parse_number<double>, failure::not_a_number>);
}

} // namespace

void add_conversions(std::vector<overload>& to) {
  using enum value_type;
  const auto add = [&](std::string_view name, value_type from, value_type result, kernel run) {
    to.push_back(make_overload(name, call_forms::function, {from}, result, run));
  };
  add_numbers(add);
  add("bool", boolean, boolean, nullptr);
  add("bool", string, boolean, parse_rows<std::uint8_t, parse_boolean, failure::not_a_boolean>);
  add("string", string, string, nullptr);
  add("string", integer, string, format_rows<int64, format_integer>);
  add("string", real, string, format_rows<double, format_real>);
  add("string", boolean, string, string_of_boolean);
  add("string", timestamp, string, format_rows<int64, format_timestamp>);
  add("bytes", bytes, bytes, nullptr);
  add("bytes", string, bytes, cast<std::string_view, std::string_view>);
  add("timestamp", timestamp, timestamp, nullptr);
  add("timestamp", integer, timestamp, cast<int64, int64>);
  add("timestamp", string, timestamp, parse_rows<int64, parse_timestamp, failure::not_a_timestamp>);
  add("duration", string, integer, parse_rows<int64, parse_duration_ms, failure::not_a_duration>);
}

} // namespace lepton::pipelines::expr
