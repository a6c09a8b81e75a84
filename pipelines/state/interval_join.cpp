#include "pipelines/state/interval_join.hpp"

#include "pipelines/state/event_time.hpp"
#include "pipelines/state/row_bytes.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr auto kind = state_kind("JOIN");
constexpr std::uint16_t version = 1;

constexpr std::size_t at(interval_join::side side) noexcept {
  return static_cast<std::size_t>(side);
}

} // namespace

core::result<std::unique_ptr<interval_join>> interval_join::make(std::vector<core::field> left,
                                                                 std::vector<core::field> right,
                                                                 join_options options) {
  const auto bad = [](std::int64_t ms) { return ms > longest_span_ms || ms < -longest_span_ms; };
  if (options.lower_ms > options.upper_ms || bad(options.lower_ms) || bad(options.upper_ms))
    return core::error{
        core::errc::invalid_argument,
        "the lower bound of a join must not lie above the upper one, and both within "
        "100 years"};
  return std::unique_ptr<interval_join>{
      new interval_join{std::move(left), std::move(right), options}};
}

interval_join::interval_join(std::vector<core::field> left, std::vector<core::field> right,
                             join_options options)
    : options_{options}, layouts_{key_layout::of_rows(nullable_fields(std::move(left))),
                                  key_layout::of_rows(nullable_fields(std::move(right)))},
      missing_{row_of_nulls(layouts_[0]), row_of_nulls(layouts_[1])} {}

// A left row waits for right rows up to left + upper, a right row for left rows up to right -
// lower.
std::int64_t interval_join::needed_until(side from, std::int64_t time) const noexcept {
  return from == side::left ? time + options_.upper_ms : time - options_.lower_ms;
}

void interval_join::put_out(const std::string* left, const std::string* right, std::int64_t time) {
  pairs_.push_back(
      {left == nullptr ? missing_[0] : *left, right == nullptr ? missing_[1] : *right, time});
}

void interval_join::match(side from, const place& place_of, row& added) {
  const bool is_left = from == side::left;
  auto& others = rows_[is_left ? 1 : 0];
  const auto low = place_of.time + (is_left ? options_.lower_ms : -options_.upper_ms);
  const auto high = place_of.time + (is_left ? options_.upper_ms : -options_.lower_ms);
  for (auto other = others.lower_bound({place_of.key, low, 0});
       other != others.end() && other->first.key == place_of.key && other->first.time <= high;
       ++other) {
    added.joined = other->second.joined = true;
    const auto& left = is_left ? added.bytes : other->second.bytes;
    const auto& right = is_left ? other->second.bytes : added.bytes;
    put_out(&left, &right, std::max(place_of.time, other->first.time));
  }
}

void interval_join::insert(side from, place place_of, row added) {
  const auto until = needed_until(from, place_of.time);
  const auto done = rows_[at(from)].emplace(std::move(place_of), std::move(added));
  expiry_[at(from)].emplace(until, done.first->first.arrival, &done.first->first);
}

void interval_join::add(side from, const batch_keys& keys,
                        std::span<const core::column* const> columns,
                        std::span<const std::int64_t> times, std::int64_t watermark_ms,
                        std::vector<std::int32_t>& late) {
  layouts_[at(from)].encode(columns, static_cast<std::int64_t>(times.size()), encoded_);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] < watermark_ms) {
      late.push_back(static_cast<std::int32_t>(i));
      continue;
    }
    place place_of{std::string{keys.key(i)}, bounded_time(times[i]), arrivals_++};
    row added{std::string{encoded_.key(i)}, false};
    match(from, place_of, added);
    insert(from, std::move(place_of), std::move(added));
  }
}

void interval_join::advance(std::int64_t watermark_ms) {
  for (const auto from : {side::left, side::right}) {
    auto& expiry = expiry_[at(from)];
    while (!expiry.empty() && std::get<0>(*expiry.begin()) < watermark_ms) {
      const auto found = rows_[at(from)].find(*std::get<2>(*expiry.begin()));
      expiry.erase(expiry.begin());
      const bool alone = !found->second.joined;
      if (alone && from == side::left && options_.left_outer)
        put_out(&found->second.bytes, nullptr, found->first.time);
      if (alone && from == side::right && options_.right_outer)
        put_out(nullptr, &found->second.bytes, found->first.time);
      rows_[at(from)].erase(found);
    }
  }
}

std::vector<core::column_ptr> interval_join::take() {
  std::vector<std::string_view> lefts;
  std::vector<std::string_view> rights;
  auto times = core::make_ref<core::column>(core::data_type{core::type_id::timestamp_ms, 0});
  times->resize_rows(static_cast<std::int64_t>(pairs_.size()));
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    lefts.push_back(pairs_[i].left);
    rights.push_back(pairs_[i].right);
    times->as_mutable<std::int64_t>()[i] = pairs_[i].time;
  }
  auto out = layouts_[0].decode(lefts);
  for (auto& column : layouts_[1].decode(rights))
    out.push_back(std::move(column));
  out.push_back(times);
  pairs_.clear();
  return out;
}

std::string interval_join::save() const {
  std::string body;
  state_writer to{body};
  to.put(hash_of_types(layouts_[0].fields()) ^ ~hash_of_types(layouts_[1].fields()));
  to.put(arrivals_);
  for (const auto& rows : rows_) {
    to.put(static_cast<std::uint32_t>(rows.size()));
    for (const auto& [place_of, held] : rows) {
      to.put_bytes(place_of.key);
      to.put(place_of.time);
      to.put(place_of.arrival);
      to.put_bytes(held.bytes);
      to.put(static_cast<std::uint8_t>(held.joined));
    }
  }
  return frame_state(kind, version, body);
}

core::result<void> interval_join::restore(std::string_view bytes) {
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(bytes, kind, version, body, size, error))
    return core::error{core::errc::malformed, "join: " + error};
  state_reader from{body};
  if (from.get<std::uint64_t>() !=
      (hash_of_types(layouts_[0].fields()) ^ ~hash_of_types(layouts_[1].fields())))
    return core::error{core::errc::malformed, "join: the state is of other columns"};
  arrivals_ = from.get<std::uint64_t>();
  for (const auto side_of : {side::left, side::right})
    for (auto left = from.get_count(25); left != 0; --left) {
      place place_of{std::string{from.get_bytes()}, from.get<std::int64_t>(), 0};
      place_of.arrival = from.get<std::uint64_t>();
      row held{std::string{from.get_bytes()}, false};
      held.joined = from.get<std::uint8_t>() != 0;
      const bool known = rows_[at(side_of)].contains(place_of);
      if (!from.ok() || known || bounded_time(place_of.time) != place_of.time ||
          place_of.arrival >= arrivals_ || !layouts_[at(side_of)].fits(held.bytes))
        return core::error{core::errc::malformed, "join: the state is damaged"};
      insert(side_of, std::move(place_of), std::move(held));
    }
  if (!from.ok() || !from.at_end())
    return core::error{core::errc::malformed, "join: the state is damaged"};
  return {};
}

} // namespace lepton::pipelines
