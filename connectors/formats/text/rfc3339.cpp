#include "connectors/formats/text/rfc3339.hpp"

#include <algorithm>
#include <chrono>

namespace lepton::connectors {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr std::int64_t ms_per_day = 86400000;
constexpr std::int64_t first_ms = -62167219200000; // 0000-01-01
constexpr std::int64_t last_ms = 253402300799999;  // 9999-12-31T23:59:59.999

/// Takes fixed-width numbers and marks from the front of a text; remembers if one did not fit.
class reader {
public:
  explicit reader(std::string_view text) : rest_{text} {}

  int number(std::size_t width) {
    int value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value * 10 + digit();
    return value;
  }
  void mark(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos)
      good_ = false;
    else
      rest_.remove_prefix(1);
  }
  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool at_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  int digit() {
    if (!at_digit()) {
      good_ = false;
      return 0;
    }
    const int value = rest_[0] - '0';
    rest_.remove_prefix(1);
    return value;
  }
  bool good() const { return good_; }
  bool ended() const { return good_ && rest_.empty(); }

private:
  std::string_view rest_;
  bool good_ = true;
};

int read_fraction(reader& in) {
  if (!in.next_is('.'))
    return 0;
  in.mark(".");
  int value = in.digit() * 100;
  for (int scale = 10; in.at_digit(); scale /= 10)
    value += in.digit() * scale;
  return value;
}

/// Milliseconds to take from local time; empty if the zone is none.
std::optional<std::int64_t> read_zone(reader& in) {
  if (in.next_is('Z') || in.next_is('z')) {
    in.mark("Zz");
    return 0;
  }
  const bool west = in.next_is('-');
  in.mark("+-");
  const int hours = in.number(2);
  in.mark(":");
  const int minutes = in.number(2);
  if (!in.good() || hours > 23 || minutes > 59)
    return std::nullopt;
  return (west ? -1 : 1) * (hours * 60 + minutes) * std::int64_t{60000};
}

char* put(int value, int width, char* to) {
  for (int i = width; i-- > 0; value /= 10)
    to[i] = static_cast<char>('0' + value % 10);
  return to + width;
}

} // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept {
  reader in{text};
  const int year = in.number(4);
  in.mark("-");
  const int month = in.number(2);
  in.mark("-");
  const int day = in.number(2);
  in.mark("Tt ");
  const int hour = in.number(2);
  in.mark(":");
  const int minute = in.number(2);
  in.mark(":");
  const int second = in.number(2);
  const int fraction = read_fraction(in);
  const auto zone = read_zone(in);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!in.ended() || !zone || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const std::int64_t since_midnight = ((hour * 60 + minute) * 60 + second) * std::int64_t{1000};
  return std::chrono::sys_days{date}.time_since_epoch().count() * ms_per_day + since_midnight +
         fraction - *zone;
}

char* write_rfc3339(std::int64_t timestamp_ms, char* to) noexcept {
  if (timestamp_ms < first_ms || timestamp_ms > last_ms)
    return nullptr;
  const auto since_epoch = std::chrono::floor<days>(milliseconds{timestamp_ms});
  const std::chrono::year_month_day date{std::chrono::sys_days{since_epoch}};
  const auto rest = static_cast<int>(timestamp_ms - since_epoch.count() * ms_per_day);
  const auto field = [&](int value, int width, char after) {
    to = put(value, width, to);
    *to++ = after;
  };
  field(static_cast<int>(date.year()), 4, '-');
  field(static_cast<int>(static_cast<unsigned>(date.month())), 2, '-');
  field(static_cast<int>(static_cast<unsigned>(date.day())), 2, 'T');
  field(rest / 3600000, 2, ':');
  field(rest / 60000 % 60, 2, ':');
  field(rest / 1000 % 60, 2, '.');
  field(rest % 1000, 3, 'Z');
  return to;
}

} // namespace lepton::connectors
