// Parts of timestamps, in UTC and exact also before 1970, under plain names (hour) and under CEL's
// names of methods (getHours).
#include "pipelines/expression/calendar.hpp"
#include "pipelines/expression/overloads.hpp"

namespace lepton::pipelines::expr {

namespace {

using int64 = std::int64_t;

/// `F` of the day, as days since 1970-01-01.
template <auto F>
void part_of_date(kernel_call& c) {
  map_rows<int64, int64>(
      c, [](int64 ms) { return static_cast<int64>(F(floor_divide(ms, ms_per_day))); });
}

/// The part of a day, hour, ... that has `Period` ms, in steps of `Step` ms.
template <int64 Period, int64 Step>
void part_of_time(kernel_call& c) {
  map_rows<int64, int64>(c, [](int64 ms) {
    // A day has fewer than 2^32 ms: the second division is a cheap one.
    return static_cast<int64>(static_cast<std::uint32_t>(floor_remainder(ms, Period)) /
                              static_cast<std::uint32_t>(Step));
  });
}

constexpr auto weekday = [](int64 days) { return floor_remainder(days + 4, 7); };
constexpr auto day_of_month = [](int64 days) { return civil_from_days(days).day; };
constexpr auto day_of_month0 = [](int64 days) { return civil_from_days(days).day - 1; };
constexpr auto month = [](int64 days) { return civil_from_days(days).month; };
constexpr auto month0 = [](int64 days) { return civil_from_days(days).month - 1; };
constexpr auto year = [](int64 days) { return civil_from_days(days).year; };
constexpr auto year_day = [](int64 days) { return day_of_year(days); };
constexpr auto year_day0 = [](int64 days) { return day_of_year(days) - 1; };

constexpr kernel hours = part_of_time<ms_per_day, ms_per_hour>;
constexpr kernel minutes = part_of_time<ms_per_hour, ms_per_minute>;
constexpr kernel seconds = part_of_time<ms_per_minute, ms_per_second>;
constexpr kernel milliseconds = part_of_time<ms_per_second, 1>;

} // namespace

void add_time(std::vector<overload>& to) {
  const auto add = [&](std::string_view name, call_forms forms, kernel run) {
    to.push_back(make_overload(name, forms, {value_type::timestamp}, value_type::integer, run));
  };
  add("hour", call_forms::function, hours);
  add("minute", call_forms::function, minutes);
  add("second", call_forms::function, seconds);
  add("millisecond", call_forms::function, milliseconds);
  add("day_of_week", call_forms::function, part_of_date<weekday>);
  add("day_of_month", call_forms::function, part_of_date<day_of_month>);
  add("day_of_year", call_forms::function, part_of_date<year_day>);
  add("month", call_forms::function, part_of_date<month>);
  add("year", call_forms::function, part_of_date<year>);
  add("getHours", call_forms::method, hours);
  add("getMinutes", call_forms::method, minutes);
  add("getSeconds", call_forms::method, seconds);
  add("getMilliseconds", call_forms::method, milliseconds);
  add("getDayOfWeek", call_forms::method, part_of_date<weekday>);
  add("getDate", call_forms::method, part_of_date<day_of_month>);
  add("getDayOfMonth", call_forms::method, part_of_date<day_of_month0>);
  add("getDayOfYear", call_forms::method, part_of_date<year_day0>);
  add("getMonth", call_forms::method, part_of_date<month0>);
  add("getFullYear", call_forms::method, part_of_date<year>);
}

} // namespace lepton::pipelines::expr
