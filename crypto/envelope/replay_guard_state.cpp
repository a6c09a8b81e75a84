// How a replay guard is kept in a checkpoint: a magic, a count, then each segment with its window
// and its partitions. The bytes stay on the machine that wrote them.
#include "crypto/envelope/replay_guard.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace lepton::crypto {

namespace {

constexpr std::string_view magic = "LPRG1\n";

template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::has_unique_object_representations_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
void put_list(std::string& out, const std::vector<T>& list) {
  put(out, static_cast<std::uint32_t>(list.size()));
  for (const auto& each : list)
    put(out, each);
}

template <class T>
bool take(std::string_view& from, T& value) {
  if (from.size() < sizeof value)
    return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

template <class T>
bool take_list(std::string_view& from, std::vector<T>& list) {
  std::uint32_t count = 0;
  if (!take(from, count) || from.size() / sizeof(T) < count)
    return false;
  list.resize(count);
  return std::all_of(list.begin(), list.end(), [&](T& each) { return take(from, each); });
}

/// Without free slots: most windows are not full.
std::vector<replay_guard::place> used_places(const replay_guard::history& known) {
  std::vector<replay_guard::place> out;
  std::copy_if(known.ring.begin(), known.ring.end(), std::back_inserter(out),
               [](const auto& each) { return each.partition != replay_guard::nowhere; });
  return out;
}

/// A window that holds `places`; false if two of them would share a slot.
bool fill_ring(const std::vector<replay_guard::place>& places,
               std::vector<replay_guard::place>& ring, std::uint32_t size) {
  if (size > replay_guard::window || (size != 0 && !std::has_single_bit(size)) ||
      places.size() > size)
    return false;
  ring.resize(size);
  for (const auto& each : places) {
    auto& slot = ring[each.sequence % size];
    if (slot.partition != replay_guard::nowhere || each.partition == replay_guard::nowhere)
      return false;
    slot = each;
  }
  return true;
}

bool take_segment(std::string_view& from, segment_id& id, replay_guard::history& known) {
  std::vector<replay_guard::place> places;
  std::uint32_t ring_size = 0;
  return take(from, id) && take(from, known.used) && take(from, ring_size) &&
         take_list(from, places) && take_list(from, known.partitions) &&
         fill_ring(places, known.ring, ring_size);
}

} // namespace

std::string replay_guard::serialize() const {
  std::string out{magic};
  for (const auto& each : shards_) {
    const std::lock_guard lock{each.mutex};
    for (const auto& [id, known] : each.segments) {
      put(out, id);
      put(out, known.used);
      put(out, static_cast<std::uint32_t>(known.ring.size()));
      put_list(out, used_places(known));
      put_list(out, known.partitions);
    }
  }
  return out;
}

core::result<void> replay_guard::restore(std::string_view bytes) {
  const core::error broken{core::errc::malformed, "the kept replay window is damaged"};
  if (!bytes.starts_with(magic))
    return broken;
  bytes.remove_prefix(magic.size());
  std::array<std::unordered_map<segment_id, history, salt_hash>, shards> read;
  while (!bytes.empty()) {
    segment_id id;
    history known;
    if (!take_segment(bytes, id, known))
      return broken;
    auto& home = read[shard_of(id)];
    if (home.size() >= max_segments / shards || !home.try_emplace(id, std::move(known)).second)
      return broken;
  }
  for (std::size_t i = 0; i < shards; ++i) {
    const std::lock_guard lock{shards_[i].mutex};
    shards_[i].segments.swap(read[i]);
    shards_[i].last = nullptr;
    shards_[i].clock = 0;
    for (const auto& [id, known] : shards_[i].segments)
      shards_[i].clock = std::max(shards_[i].clock, known.used);
  }
  return {};
}

} // namespace lepton::crypto
