#include "pipelines/state/timer_queue.hpp"

#include "pipelines/state/event_time.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <algorithm>
#include <map>

namespace lepton::pipelines {

namespace {

constexpr auto kind = state_kind("TIMR");
constexpr std::uint16_t version = 1;

} // namespace

// The number goes last and big-endian, so that names sort by key, then number.
std::string timer_queue::name_of(std::string_view key, std::uint32_t number) {
  std::string out{key};
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
  return out;
}

bool timer_queue::later(const place& a, const place& b) noexcept {
  if (a.time != b.time)
    return a.time > b.time;
  const auto key = [](const place& p) {
    return std::string_view{p.name}.substr(0, p.name.size() - 4);
  };
  return key(a) != key(b) ? key(a) > key(b) : a.name > b.name;
}

bool timer_queue::current(const place& at) const {
  const auto found = due_.find(at.name);
  return found != due_.end() && found->second == at.time;
}

void timer_queue::set(std::string_view key, std::uint32_t number, std::int64_t time_ms) {
  auto name = name_of(key, number);
  const auto [found, fresh] = due_.emplace(name, time_ms);
  if (!fresh && found->second == time_ms)
    return;
  found->second = time_ms;
  heap_.push_back({time_ms, std::move(name)});
  std::push_heap(heap_.begin(), heap_.end(), later);
  if (heap_.size() > 2 * due_.size() + 64)
    drop_stale();
}

void timer_queue::remove(std::string_view key, std::uint32_t number) {
  due_.erase(name_of(key, number));
  if (heap_.size() > 2 * due_.size() + 64)
    drop_stale();
}

void timer_queue::drop_stale() {
  heap_.clear();
  for (const auto& [name, time] : due_)
    heap_.push_back({time, name});
  std::make_heap(heap_.begin(), heap_.end(), later);
}

void timer_queue::take_due(std::int64_t watermark_ms, std::size_t most, std::vector<timer>& out) {
  while (most != 0 && !heap_.empty() && heap_.front().time <= watermark_ms) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const auto at = std::move(heap_.back());
    heap_.pop_back();
    if (!current(at))
      continue;
    due_.erase(at.name);
    std::uint32_t number = 0;
    for (std::size_t i = at.name.size() - 4; i < at.name.size(); ++i)
      number = number << 8 | static_cast<unsigned char>(at.name[i]);
    out.push_back({at.time, at.name.substr(0, at.name.size() - 4), number});
    --most;
  }
}

std::int64_t timer_queue::next() const noexcept {
  auto out = final_watermark;
  if (heap_.empty())
    return out;
  if (current(heap_.front()))
    return heap_.front().time;
  for (const auto& [name, time] : due_)
    out = std::min(out, time);
  return out;
}

std::string timer_queue::save() const {
  std::string body;
  state_writer to{body};
  to.put(static_cast<std::uint32_t>(due_.size()));
  for (const auto& [name, time] : std::map<std::string, std::int64_t>(due_.begin(), due_.end())) {
    to.put(time);
    to.put_bytes(name);
  }
  return frame_state(kind, version, body);
}

core::result<void> timer_queue::restore(std::string_view bytes) {
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(bytes, kind, version, body, size, error))
    return core::error{core::errc::malformed, "timers: " + error};
  state_reader from{body};
  due_.clear();
  for (auto left = from.get_count(16); left != 0; --left) {
    const auto time = from.get<std::int64_t>();
    const auto name = from.get_bytes();
    if (name.size() < 4)
      from.fail();
    else
      due_.emplace(name, time);
  }
  if (!from.ok() || !from.at_end())
    return core::error{core::errc::malformed, "timers: the state is damaged"};
  drop_stale();
  return {};
}

} // namespace lepton::pipelines
