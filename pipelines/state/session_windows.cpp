#include "pipelines/state/session_windows.hpp"

#include "pipelines/state/event_time.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

std::string base_of(std::string_view key) {
  return std::string{key.substr(0, key.size() - sizeof(std::int64_t))};
}

table_layout layout_of(const key_layout& keys, const aggregate_set& set, std::int64_t gap,
                       std::uint64_t fingerprint) {
  table_layout out;
  out.key_width = keys.width() == 0 ? 0 : keys.width() + sizeof(std::int64_t);
  out.payload_size = set.payload_size();
  out.blobs = set.blobs();
  out.suffix = sizeof(std::int64_t);
  out.fingerprint = stable_hash(fingerprint ^ set.fingerprint() ^ static_cast<std::uint64_t>(~gap));
  return out;
}

} // namespace

core::result<std::unique_ptr<session_windows>>
session_windows::make(key_layout keys, window_inputs inputs, std::int64_t gap_ms) {
  if (gap_ms <= 0 || gap_ms > longest_span_ms)
    return core::error{core::errc::invalid_argument,
                       "the gap of a session must be longer than 0 and at most 100 years"};
  auto set = aggregate_set::make(inputs.aggregates, inputs.values, sizeof(head));
  if (!set)
    return set.error();
  return std::unique_ptr<session_windows>{
      new session_windows{std::move(keys), inputs, gap_ms, std::move(*set)}};
}

session_windows::session_windows(key_layout keys, const window_inputs& inputs, std::int64_t gap_ms,
                                 aggregate_set set)
    : keys_{std::move(keys)}, gap_{gap_ms}, set_{std::move(set)},
      table_{layout_of(keys_, set_, gap_, inputs.fingerprint)}, rows_{keys_, set_} {}

void session_windows::list(entry_ref entry) {
  ends_.emplace(end_of(entry), entry);
}

void session_windows::unlist(entry_ref entry) {
  ends_.erase({end_of(entry), entry});
}

entry_ref session_windows::open(std::string_view key, std::int64_t time) {
  std::string name{key};
  state_writer{name}.put(next_number_++);
  const auto entry = table_.find_or_insert(name, 0);
  table_.as<head>(entry) = {time, time, 0};
  sessions_[std::string{key}].push_back(entry);
  list(entry);
  return entry;
}

void session_windows::join(entry_ref into, entry_ref from) {
  unlist(into);
  unlist(from);
  auto& to = table_.as<head>(into);
  const auto& other = table_.as<head>(from);
  to.start = std::min(to.start, other.start);
  to.last = std::max(to.last, other.last);
  to.rows += other.rows;
  set_.merge(table_.payload(into), table_.blobs(), table_.payload(from), table_.blobs());
  table_.erase(from);
  list(into);
}

// The session that takes the row, after joining those that the row brings together.
entry_ref session_windows::session_of(const batch_keys& keys, std::size_t row, std::int64_t time) {
  const auto found = sessions_.find(std::string{keys.key(row)});
  auto taken = no_entry;
  if (found != sessions_.end())
    std::erase_if(found->second, [&](entry_ref entry) {
      const auto& at = table_.as<head>(entry);
      if (time <= at.start - gap_ || time >= at.last + gap_)
        return false;
      table_.touch(entry);
      if (taken == no_entry) {
        taken = entry;
        return false;
      }
      join(taken, entry);
      return true;
    });
  if (taken == no_entry)
    taken = open(keys.key(row), time);
  unlist(taken);
  auto& at = table_.as<head>(taken);
  at.start = std::min(at.start, time);
  at.last = std::max(at.last, time);
  ++at.rows;
  list(taken);
  return taken;
}

void session_windows::add(const batch_keys& keys, std::span<const std::int64_t> times,
                          std::span<const core::column* const> values, std::int64_t watermark_ms,
                          std::vector<std::int32_t>& late) {
  for (std::size_t row = 0; row < times.size(); ++row) {
    const auto time = bounded_time(times[row]);
    const auto number = static_cast<std::int32_t>(row);
    if (watermark_ms != no_watermark && time + gap_ <= watermark_ms) {
      late.push_back(number);
      continue;
    }
    // One row at a time: the next may join the session of this one to another.
    auto* payload = table_.payload(session_of(keys, row, time));
    set_.add({&payload, 1}, table_.blobs(), values, {&number, 1}, times);
  }
}

bool session_windows::advance(std::int64_t watermark_ms, std::size_t most_rows) {
  while (!ends_.empty() && ends_.begin()->first <= watermark_ms) {
    if (rows_.size() >= most_rows)
      return true;
    const auto [end, entry] = *ends_.begin();
    const auto key = base_of(table_.key(entry));
    rows_.add(key, table_.as<head>(entry).start, end, table_.payload(entry), table_.blobs());
    ends_.erase(ends_.begin());
    auto& open = sessions_[key];
    std::erase(open, entry);
    if (open.empty())
      sessions_.erase(key);
    table_.erase(entry);
  }
  return false;
}

core::result<void> session_windows::finish_restore() {
  LEPTON_TRY(table_.finish_restore([this](const std::byte* payload, const blob_arena& blobs) {
    head at;
    std::memcpy(&at, payload, sizeof at);
    return at.rows != 0 && at.start <= at.last && bounded_time(at.start) == at.start &&
           bounded_time(at.last) == at.last && set_.is_sound(payload, blobs);
  }));
  bool sound = true;
  table_.for_each([&](entry_ref entry) {
    const auto key = table_.key(entry);
    if (key.size() < sizeof(std::int64_t) || !keys_.fits(base_of(key))) {
      sound = false;
      return;
    }
    std::int64_t number;
    std::memcpy(&number, key.data() + key.size() - sizeof number, sizeof number);
    sound = sound && number >= 0 && number < INT64_MAX;
    next_number_ = std::max(next_number_, sound ? number + 1 : 0);
    sessions_[base_of(key)].push_back(entry);
    list(entry);
  });
  if (!sound)
    return core::error{core::errc::malformed, "sessions: the state is damaged"};
  return {};
}

} // namespace lepton::pipelines
