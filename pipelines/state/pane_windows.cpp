#include "pipelines/state/pane_windows.hpp"

#include "pipelines/state/event_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lepton::pipelines {

namespace {

constexpr auto kind = state_kind("WIND");
constexpr std::uint16_t version = 1;
constexpr std::int64_t never = INT64_MIN;

using row_count = std::uint64_t; // at the start of each payload

core::error invalid(const char* text) {
  return {core::errc::invalid_argument, text};
}

std::int64_t pane_in(std::string_view key) noexcept {
  std::int64_t out;
  std::memcpy(&out, key.data() + key.size() - sizeof out, sizeof out);
  return out;
}

std::string_view base_of(std::string_view key) noexcept {
  return key.substr(0, key.size() - sizeof(std::int64_t));
}

/// The final watermark is made a time that can be reckoned with.
std::int64_t usable(std::int64_t watermark) noexcept {
  return watermark == no_watermark ? never
                                   : std::clamp(watermark, -2 * time_bound_ms, 2 * time_bound_ms);
}

table_layout layout_of(const key_layout& keys, const aggregate_set& set, std::int64_t pane,
                       std::uint64_t fingerprint) {
  table_layout out;
  out.key_width = keys.width() == 0 ? 0 : keys.width() + sizeof(std::int64_t);
  out.payload_size = set.payload_size();
  out.blobs = set.blobs();
  out.suffix = sizeof(std::int64_t);
  out.fingerprint = stable_hash(fingerprint ^ set.fingerprint() ^ static_cast<std::uint64_t>(pane));
  return out;
}

} // namespace

core::result<std::unique_ptr<pane_windows>>
pane_windows::make(key_layout keys, window_inputs inputs, window_options options) {
  if (options.size_ms <= 0 || options.size_ms > longest_span_ms)
    return invalid("a window must be longer than 0 and at most 100 years");
  if (options.slide_ms <= 0 || options.slide_ms > options.size_ms)
    return invalid("the slide of a window lies between 0 and its size");
  if (options.allowed_lateness_ms < 0 || options.allowed_lateness_ms > longest_span_ms)
    return invalid("the allowed lateness lies between 0 and 100 years");
  options.offset_ms = options.offset_ms % options.slide_ms;
  auto set = aggregate_set::make(inputs.aggregates, inputs.values, sizeof(row_count));
  if (!set)
    return set.error();
  return std::unique_ptr<pane_windows>{
      new pane_windows{std::move(keys), std::move(inputs), options, std::move(*set)}};
}

pane_windows::pane_windows(key_layout keys, window_inputs inputs, window_options options,
                           aggregate_set set)
    : keys_{std::move(keys)}, options_{options}, pane_{std::gcd(options.size_ms, options.slide_ms)},
      set_{std::move(set)}, table_{layout_of(keys_, set_, pane_, inputs.fingerprint)},
      rows_{keys_, set_} {}

std::int64_t pane_windows::pane_of(std::int64_t time) const noexcept {
  return floor_to(time - options_.offset_ms, pane_) + options_.offset_ms;
}

std::int64_t pane_windows::last_end(std::int64_t time) const noexcept {
  return floor_to(time - options_.offset_ms, options_.slide_ms) + options_.offset_ms +
         options_.size_ms;
}

/// End of the first window that holds the pane.
std::int64_t pane_windows::first_end(std::int64_t pane) const noexcept {
  const auto after = pane - options_.size_ms - options_.offset_ms;
  return floor_to(after, options_.slide_ms) + options_.slide_ms + options_.offset_ms +
         options_.size_ms;
}

void pane_windows::add(const batch_keys& keys, std::span<const std::int64_t> times,
                       std::span<const core::column* const> values, std::int64_t watermark_ms,
                       std::vector<std::int32_t>& late) {
  const auto watermark = usable(watermark_ms);
  taken_.clear();
  pane_starts_.clear();
  for (std::size_t row = 0; row < times.size(); ++row) {
    const auto time = bounded_time(times[row]);
    if (watermark != never && last_end(time) + options_.allowed_lateness_ms <= watermark) {
      late.push_back(static_cast<std::int32_t>(row));
      continue;
    }
    taken_.push_back(static_cast<std::int32_t>(row));
    pane_starts_.push_back(pane_of(time));
  }
  composed_.compose(keys, taken_, pane_starts_);
  entries_.resize(taken_.size());
  table_.find_or_insert(composed_, 0, entries_);
  payloads_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (table_.as<row_count>(entries_[i])++ == 0)
      panes_[pane_starts_[i]].push_back(entries_[i]);
    if (fired_ != never && first_end(pane_starts_[i]) <= fired_)
      note_updates(keys.key(static_cast<std::size_t>(taken_[i])), pane_starts_[i], watermark);
    payloads_.push_back(table_.payload(entries_[i]));
  }
  set_.add(payloads_, table_.blobs(), values, taken_, times);
}

void pane_windows::note_updates(std::string_view key, std::int64_t pane, std::int64_t watermark) {
  if (slides())
    stale_.emplace(key);
  for (auto end = first_end(pane); end <= std::min(fired_, last_end(pane));
       end += options_.slide_ms)
    if (end + options_.allowed_lateness_ms > watermark)
      updates_.emplace(end, key);
}

entry_ref pane_windows::find(const std::string& key, std::int64_t pane) const {
  auto name = key;
  state_writer{name}.put(pane);
  return table_.find(name);
}

blob_ref pane_windows::fresh_payload() {
  auto out = scratch_.allocate(set_.payload_size());
  std::memset(scratch_.at(out), 0, set_.payload_size());
  return out;
}

void pane_windows::release_payload(blob_ref& payload) {
  if (payload.handle != 0)
    set_.release(scratch_.at(payload), scratch_);
  scratch_.release(payload);
}

void pane_windows::forget(sliding_key& state) {
  for (auto& part : state.front)
    release_payload(part.payload);
  release_payload(state.back);
  state = {};
}

// Late rows changed windows that were fired: their panes are merged once more.
void pane_windows::fire_updates() {
  for (const auto& [end, key] : updates_) {
    auto total = fresh_payload();
    bool any = false;
    for (auto pane = end - options_.size_ms; pane < end; pane += pane_)
      if (const auto entry = find(key, pane); entry != no_entry) {
        set_.merge(scratch_.at(total), scratch_, table_.payload(entry), table_.blobs());
        any = true;
      }
    if (any)
      rows_.add(key, end - options_.size_ms, end, scratch_.at(total), scratch_);
    release_payload(total);
  }
  updates_.clear();
  for (const auto& key : stale_)
    rebuild(key);
  stale_.clear();
}

void pane_windows::push(const std::string& key, std::int64_t pane, const std::byte* payload) {
  auto& state = sliding_[key];
  if (state.back.handle == 0)
    state.back = fresh_payload();
  set_.merge(scratch_.at(state.back), scratch_, payload, table_.blobs());
  state.back_panes.push_back(pane);
}

void pane_windows::push_panes(std::int64_t end) {
  for (auto at = panes_.lower_bound(pushed_); at != panes_.end() && at->first < end; ++at)
    for (const auto entry : at->second)
      push(std::string{base_of(table_.key(entry))}, at->first, table_.payload(entry));
  pushed_ = std::max(pushed_, end);
}

void pane_windows::rebuild(const std::string& key) {
  if (const auto found = sliding_.find(key); found != sliding_.end()) {
    forget(found->second);
    sliding_.erase(found);
  }
  if (pushed_ == never || fired_ == never)
    return;
  for (auto pane = fired_ + options_.slide_ms - options_.size_ms; pane < pushed_; pane += pane_)
    if (const auto entry = find(key, pane); entry != no_entry)
      push(key, pane, table_.payload(entry));
}

void pane_windows::flip(const std::string& key, sliding_key& state, std::int64_t start) {
  release_payload(state.back);
  for (auto i = state.back_panes.size(); i-- > 0 && state.back_panes[i] >= start;) {
    const auto pane = state.back_panes[i];
    auto suffix = fresh_payload();
    const auto entry = find(key, pane);
    if (entry != no_entry)
      set_.merge(scratch_.at(suffix), scratch_, table_.payload(entry), table_.blobs());
    if (!state.front.empty())
      set_.merge(scratch_.at(suffix), scratch_, scratch_.at(state.front.back().payload), scratch_);
    state.front.push_back({pane, suffix});
  }
  state.back_panes.clear();
}

/// False if the key has no pane left in the window.
bool pane_windows::fire_key(const std::string& key, sliding_key& state, std::int64_t end) {
  const auto start = end - options_.size_ms;
  while (!state.front.empty() && state.front.back().pane < start) {
    release_payload(state.front.back().payload);
    state.front.pop_back();
  }
  if (state.front.empty() && !state.back_panes.empty() && state.back_panes.front() < start)
    flip(key, state, start);
  if (state.front.empty() && state.back_panes.empty())
    return false;
  auto total = fresh_payload();
  if (!state.front.empty())
    set_.merge(scratch_.at(total), scratch_, scratch_.at(state.front.back().payload), scratch_);
  if (!state.back_panes.empty())
    set_.merge(scratch_.at(total), scratch_, scratch_.at(state.back), scratch_);
  rows_.add(key, start, end, scratch_.at(total), scratch_);
  release_payload(total);
  return true;
}

void pane_windows::fire_sliding(std::int64_t end) {
  push_panes(end);
  for (auto at = sliding_.begin(); at != sliding_.end();) {
    if (fire_key(at->first, at->second, end)) {
      ++at;
      continue;
    }
    forget(at->second);
    at = sliding_.erase(at);
  }
}

void pane_windows::fire(std::int64_t end) {
  if (slides()) {
    fire_sliding(end);
    return;
  }
  const auto at = panes_.find(end - options_.size_ms);
  if (at == panes_.end())
    return;
  for (const auto entry : at->second)
    rows_.add(base_of(table_.key(entry)), end - options_.size_ms, end, table_.payload(entry),
              table_.blobs());
}

std::int64_t pane_windows::next_end() const noexcept {
  const auto next = fired_ == never ? never : fired_ + options_.slide_ms;
  if (!sliding_.empty())
    return next;
  const auto at = fired_ == never ? panes_.begin() : panes_.lower_bound(next - options_.size_ms);
  return at == panes_.end() ? INT64_MAX : std::max(next, first_end(at->first));
}

void pane_windows::purge(std::int64_t watermark) {
  while (!panes_.empty() &&
         last_end(panes_.begin()->first) + options_.allowed_lateness_ms <= watermark) {
    for (const auto entry : panes_.begin()->second)
      table_.erase(entry);
    panes_.erase(panes_.begin());
  }
}

bool pane_windows::advance(std::int64_t watermark_ms, std::size_t most_rows) {
  const auto watermark = usable(watermark_ms);
  if (watermark == never)
    return false;
  fire_updates();
  for (auto end = next_end(); end <= watermark; end = next_end()) {
    if (rows_.size() >= most_rows)
      return true;
    fire(end);
    fired_ = end;
  }
  const auto due = last_end(watermark - options_.size_ms);
  fired_ = std::max(fired_, due);
  pushed_ = slides() ? std::max(pushed_, fired_ + options_.slide_ms - options_.size_ms) : pushed_;
  purge(watermark);
  return false;
}

std::string pane_windows::save() const {
  std::string body;
  state_writer to{body};
  to.put(options_.size_ms);
  to.put(options_.slide_ms);
  to.put(fired_);
  to.put(static_cast<std::uint32_t>(updates_.size()));
  for (const auto& [end, key] : updates_) {
    to.put(end);
    to.put_bytes(key);
  }
  return frame_state(kind, version, body);
}

core::result<void> pane_windows::restore(std::string_view bytes) {
  LEPTON_TRY(table_.finish_restore([this](const std::byte* payload, const blob_arena& blobs) {
    return *reinterpret_cast<const row_count*>(payload) != 0 && set_.is_sound(payload, blobs);
  }));
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(bytes, kind, version, body, size, error))
    return core::error{core::errc::malformed, "windows: " + error};
  state_reader from{body};
  const auto damaged = core::error{core::errc::malformed, "windows: the state is damaged"};
  if (from.get<std::int64_t>() != options_.size_ms || from.get<std::int64_t>() != options_.slide_ms)
    return core::error{core::errc::malformed, "windows: the state is of windows of another size"};
  fired_ = from.get<std::int64_t>();
  if (fired_ != never &&
      (bounded_time(fired_ / 4) != fired_ / 4 || last_end(fired_ - options_.size_ms) != fired_))
    return damaged;
  for (auto left = from.get_count(12); left != 0; --left) {
    const auto end = from.get<std::int64_t>();
    updates_.emplace(end, from.get_bytes());
    if (fired_ == never || end > fired_ || last_end(end - options_.size_ms) != end)
      from.fail();
  }
  if (!from.ok() || !from.at_end())
    return damaged;
  bool sound = true;
  table_.for_each([&](entry_ref entry) {
    const auto key = table_.key(entry);
    const auto pane = key.size() < sizeof(std::int64_t) ? never : pane_in(key);
    if (bounded_time(pane / 2) != pane / 2 || pane_of(pane) != pane || !keys_.fits(base_of(key)))
      sound = false;
    else
      panes_[pane].push_back(entry);
  });
  if (!sound)
    return damaged;
  pushed_ = fired_ == never ? never : fired_ + options_.slide_ms - options_.size_ms;
  return {};
}

} // namespace lepton::pipelines
