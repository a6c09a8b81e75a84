#include "pipelines/expression/calendar.hpp"

#include <fmt/format.h>

namespace lepton::pipelines::expr {

namespace {

constexpr std::int64_t days_per_era = 146097; // 400 years
constexpr std::int64_t era_start = 719468;    // days from 0000-03-01 to 1970-01-01

bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in_month(std::int64_t year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/// Cuts fields of fixed width off the front of a text; remembers whether all of them fitted.
class field_reader {
public:
  explicit field_reader(std::string_view text) : rest_{text} {}

  int digits(std::size_t count, int lowest, int highest) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9')
        return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value >= lowest && value <= highest ? value : fail();
  }
  void letter(std::string_view allowed) {
    if (!accept(allowed))
      fail();
  }
  bool accept(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos)
      return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  bool next_is_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  char last() const { return last_; }
  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }

private:
  int fail() {
    good_ = false;
    return 0;
  }

  std::string_view rest_;
  char last_ = '\0';
  bool good_ = true;
};

std::int64_t read_day(field_reader& in) {
  civil_day date;
  date.year = in.digits(4, 0, 9999);
  in.letter("-");
  date.month = in.digits(2, 1, 12);
  in.letter("-");
  date.day = in.digits(2, 1, 31);
  if (!in.good() || date.day > days_in_month(date.year, date.month)) {
    in.digits(1, 1, 0); // fails
    return 0;
  }
  return days_from_civil(date);
}

std::int64_t read_milliseconds(field_reader& in) {
  std::int64_t ms = 0;
  std::int64_t place = 100;
  if (!in.accept("."))
    return 0;
  do {
    ms += place * in.digits(1, 0, 9);
    place /= 10;
  } while (in.good() && in.next_is_digit());
  return ms;
}

std::int64_t read_time(field_reader& in) {
  std::int64_t ms = in.digits(2, 0, 23) * ms_per_hour;
  in.letter(":");
  ms += in.digits(2, 0, 59) * ms_per_minute;
  in.letter(":");
  ms += in.digits(2, 0, 59) * ms_per_second;
  return ms + read_milliseconds(in);
}

std::int64_t read_zone(field_reader& in) {
  in.letter("Zz+-");
  if (!in.good() || in.last() == 'Z' || in.last() == 'z')
    return 0;
  const int sign = in.last() == '-' ? -1 : 1;
  std::int64_t offset = in.digits(2, 0, 23) * ms_per_hour;
  in.letter(":");
  offset += in.digits(2, 0, 59) * ms_per_minute;
  return sign * offset;
}

} // namespace

// Source of the day arithmetic: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013.
civil_day civil_from_days(std::int64_t days) noexcept {
  days += era_start;
  const std::int64_t era = floor_divide(days, days_per_era);
  const std::int64_t day_of_era = days - era * days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day + 2) / 153; // 0 = March
  civil_day out;
  out.day = static_cast<int>(day - (153 * shifted_month + 2) / 5 + 1);
  out.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  return out;
}

std::int64_t days_from_civil(civil_day day) noexcept {
  const std::int64_t year = day.year - (day.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t shifted_month = day.month > 2 ? day.month - 3 : day.month + 9;
  const std::int64_t of_year = (153 * shifted_month + 2) / 5 + day.day - 1;
  const std::int64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
  return era * days_per_era + of_era - era_start;
}

int day_of_year(std::int64_t days) noexcept {
  const auto year = civil_from_days(days).year;
  return static_cast<int>(days - days_from_civil({year, 1, 1})) + 1;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept {
  field_reader in{text};
  std::int64_t ms = read_day(in) * ms_per_day;
  if (in.good() && !in.at_end()) {
    in.letter("Tt ");
    ms += read_time(in);
    ms -= read_zone(in);
  }
  if (!in.good() || !in.at_end())
    return std::nullopt;
  return ms;
}

std::size_t format_timestamp(std::int64_t ms, char* to) noexcept {
  const std::int64_t days = floor_divide(ms, ms_per_day);
  const std::int64_t of_day = floor_remainder(ms, ms_per_day);
  const auto date = civil_from_days(days);
  char* end = fmt::format_to(to, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month,
                             date.day, of_day / ms_per_hour, of_day / ms_per_minute % 60,
                             of_day / ms_per_second % 60);
  if (const auto fraction = of_day % ms_per_second; fraction != 0)
    end = fmt::format_to(end, ".{:03}", fraction);
  *end++ = 'Z';
  return static_cast<std::size_t>(end - to);
}

} // namespace lepton::pipelines::expr
