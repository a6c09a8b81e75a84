#include "crypto/envelope/replay_guard.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::crypto {

namespace {

constexpr std::size_t first_ring = 64;

/// A free slot for `sequence`, the one that it has, or a newer one's where the ring is full.
replay_guard::place& slot_for(std::vector<replay_guard::place>& ring, std::uint32_t sequence) {
  if (ring.empty())
    ring.resize(first_ring);
  for (;;) {
    auto& slot = ring[sequence % ring.size()];
    if (slot.partition == replay_guard::nowhere || slot.sequence == sequence ||
        ring.size() == replay_guard::window)
      return slot;
    // Different slots stay different in a ring of twice the size.
    std::vector<replay_guard::place> larger(ring.size() * 2);
    for (const auto& each : ring)
      if (each.partition != replay_guard::nowhere)
        larger[each.sequence % larger.size()] = each;
    ring = std::move(larger);
  }
}

/// Whether sequences still grow with offsets, and the same offset has the same sequence.
bool in_order(std::int64_t offset, std::uint32_t sequence, std::int64_t than_offset,
              std::uint32_t than_sequence) {
  return offset == than_offset  ? sequence == than_sequence
         : offset > than_offset ? sequence > than_sequence
                                : sequence < than_sequence;
}

/// False: out of order. Else noted.
bool advance(std::vector<replay_guard::progress>& partitions, std::uint32_t sequence,
             const core::read_position& at) {
  const auto known = std::find_if(partitions.begin(), partitions.end(),
                                  [&](const auto& each) { return each.partition == at.partition; });
  if (known == partitions.end()) {
    partitions.push_back({at.partition, sequence, sequence, at.offset, at.offset});
    return true;
  }
  auto& run = *known;
  if (!in_order(at.offset, sequence, run.last_offset, run.last_sequence))
    return false;
  // Behind the present run is a rewind: only the order towards the highest is known there.
  if (at.offset > run.now_offset && sequence <= run.now_sequence)
    return false;
  run.now_offset = at.offset;
  run.now_sequence = sequence;
  if (at.offset > run.last_offset) {
    run.last_offset = at.offset;
    run.last_sequence = sequence;
  }
  return true;
}

bool admit_to(replay_guard::history& known, std::uint32_t sequence, const core::read_position& at) {
  auto& slot = slot_for(known.ring, sequence);
  const bool seen = slot.partition != replay_guard::nowhere && slot.sequence == sequence;
  if (seen && (slot.partition != at.partition || slot.offset != at.offset))
    return false;
  if (!advance(known.partitions, sequence, at))
    return false;
  if (slot.partition == replay_guard::nowhere || slot.sequence < sequence)
    slot = {sequence, at.partition, at.offset};
  return true;
}

} // namespace

std::size_t replay_guard::salt_hash::operator()(const segment_id& segment) const noexcept {
  std::size_t out; // salts are random
  std::memcpy(&out, segment.data() + sizeof(key_id), sizeof out);
  return out;
}

replay_guard::history& replay_guard::history_of(shard& home, const segment_id& segment) {
  if (home.last && *home.last_id == segment)
    return *home.last;
  auto found = home.segments.find(segment);
  if (found == home.segments.end()) {
    if (home.segments.size() >= max_segments / shards)
      home.segments.erase(std::min_element(
          home.segments.begin(), home.segments.end(),
          [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    found = home.segments.try_emplace(segment).first;
  }
  home.last_id = &found->first;
  home.last = &found->second;
  return *home.last;
}

bool replay_guard::admit(const segment_id& segment, std::uint64_t sequence,
                         const core::read_position& at) {
  if (sequence > 0xffffffffu || at.partition == nowhere)
    return false;
  auto& home = shards_[shard_of(segment)];
  const std::lock_guard lock{home.mutex};
  auto& known = history_of(home, segment);
  known.used = ++home.clock;
  return admit_to(known, static_cast<std::uint32_t>(sequence), at);
}

} // namespace lepton::crypto
