#include "crypto/token/utc_time.hpp"

#include <fmt/format.h>

namespace lepton::crypto {

namespace {

using namespace std::chrono;

/// "2026-11-25T07:05:00", without a zone.
std::string without_zone(utc_seconds time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// The digits of `text` in [at, at + count), or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  int out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

} // namespace

std::string format_utc(utc_seconds time) {
  return without_zone(time) + "Z";
}

std::string format_utc(utc_micros time) {
  const auto second = floor<seconds>(time);
  return fmt::format("{}.{:06}Z", without_zone(second), (time - second).count());
}

std::optional<utc_seconds> parse_utc(std::string_view text) noexcept {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size())
    return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] != '0' && form[i] != text[i])
      return std::nullopt;
  const int y = digits(text, 0, 4);
  const int month_of = digits(text, 5, 2);
  const int day_of = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (y < 1970 || month_of < 1 || day_of < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(month_of)},
                            day{static_cast<unsigned>(day_of)}};
  if (!date.ok())
    return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
}

utc_seconds utc_now() noexcept {
  return floor<seconds>(system_clock::now());
}

} // namespace lepton::crypto
