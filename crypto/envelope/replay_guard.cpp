#include "crypto/envelope/replay_guard.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

namespace lepton::crypto {

namespace {

constexpr std::string_view magic = "LPRG1\n";

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& from, T& value) {
  if (from.size() < sizeof value)
    return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

} // namespace

replay_guard::shard& replay_guard::shard_of(const segment_salt& segment) noexcept {
  return shards_[segment[0] % shards]; // salts are random
}

bool replay_guard::admit(const segment_salt& segment, std::uint64_t sequence,
                         const core::read_position& at) {
  auto& home = shard_of(segment);
  const std::lock_guard lock{home.mutex};
  auto found = home.segments.find(segment);
  if (found == home.segments.end()) {
    if (home.segments.size() >= max_segments / shards)
      forget_oldest(home);
    found = home.segments.try_emplace(segment).first;
  }
  found->second.used = ++home.clock;
  return admit(found->second, sequence, at);
}

void replay_guard::forget_oldest(shard& from) {
  const auto oldest =
      std::min_element(from.segments.begin(), from.segments.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
  from.segments.erase(oldest);
}

void replay_guard::grow(segment_state& state, std::uint64_t sequence) {
  if (sequence < state.ring.size() || state.ring.size() == window)
    return;
  const auto wanted = std::min<std::uint64_t>(
      window,
      std::bit_ceil(std::max<std::uint64_t>(16, std::min<std::uint64_t>(sequence + 1, window))));
  std::vector<seen> larger(wanted);
  for (const auto& one : state.ring)
    if (one.partition >= 0)
      larger[one.sequence % wanted] = one;
  state.ring = std::move(larger);
}

bool replay_guard::admit(segment_state& state, std::uint64_t sequence,
                         const core::read_position& at) {
  grow(state, sequence);
  auto& slot = state.ring[sequence % state.ring.size()];
  const bool known = slot.partition >= 0 && slot.sequence == sequence;
  if (known)
    return slot.partition == at.partition && slot.offset == at.offset;
  const bool forgotten = slot.partition >= 0 && slot.sequence > sequence;
  auto last = std::find_if(state.partitions.begin(), state.partitions.end(),
                           [&](const seen& each) { return each.partition == at.partition; });
  if (last == state.partitions.end()) {
    state.partitions.push_back({sequence, at.offset, at.partition});
  } else if (at.offset > last->offset) {
    if (forgotten && sequence <= last->sequence)
      return false;
    *last = {std::max(sequence, last->sequence), at.offset, at.partition};
  }
  if (!forgotten)
    slot = {sequence, at.offset, at.partition};
  return true;
}

std::string replay_guard::serialize() const {
  std::string out{magic};
  for (const auto& each : shards_) {
    const std::lock_guard lock{each.mutex};
    for (const auto& [salt, state] : each.segments) {
      out.append(reinterpret_cast<const char*>(salt.data()), salt.size());
      put(out, state.used);
      const auto list = [&](const std::vector<seen>& places) {
        put(out, static_cast<std::uint32_t>(places.size()));
        for (const auto& place : places) {
          put(out, place.sequence);
          put(out, place.offset);
          put(out, place.partition);
        }
      };
      list(state.ring);
      list(state.partitions);
    }
  }
  return out;
}

core::result<void> replay_guard::restore(std::string_view bytes) {
  const core::error broken{core::errc::malformed, "the replay window is damaged"};
  if (!bytes.starts_with(magic))
    return broken;
  bytes.remove_prefix(magic.size());
  const auto list = [&](std::vector<seen>& places) {
    std::uint32_t count = 0;
    if (!take(bytes, count) || bytes.size() / 20 < count)
      return false;
    places.resize(count);
    for (auto& place : places)
      take(bytes, place.sequence), take(bytes, place.offset), take(bytes, place.partition);
    return true;
  };
  std::vector<std::pair<segment_salt, segment_state>> read;
  while (!bytes.empty()) {
    auto& [salt, state] = read.emplace_back();
    if (!take(bytes, salt) || !take(bytes, state.used) || !list(state.ring) ||
        !list(state.partitions))
      return broken;
    const auto size = state.ring.size();
    if (size > window || (size != 0 && !std::has_single_bit(size)))
      return broken;
  }
  for (auto& each : shards_) {
    const std::lock_guard lock{each.mutex};
    each.segments.clear();
  }
  for (auto& [salt, state] : read) {
    auto& home = shard_of(salt);
    const std::lock_guard lock{home.mutex};
    home.clock = std::max(home.clock, state.used);
    home.segments.insert_or_assign(salt, std::move(state));
  }
  return {};
}

} // namespace lepton::crypto
