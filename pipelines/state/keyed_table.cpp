#include "pipelines/state/keyed_table.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace lepton::pipelines {

namespace {

// A key of different length: its length, then up to 12 bytes of it or a `blob_ref`.
constexpr std::size_t long_key_bytes = 16;
constexpr std::size_t inline_key = 12;

std::size_t round_up(std::size_t value, std::size_t to) noexcept {
  return (value + to - 1) / to * to;
}

std::uint32_t tag(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> 48 & 0xff) << 24;
}

} // namespace

keyed_table::keyed_table(table_layout layout)
    : layout_{std::move(layout)},
      key_at_{round_up(std::max<std::size_t>(layout_.payload_size, 4), 4)},
      used_at_{
          round_up(key_at_ + (layout_.key_width == 0 ? long_key_bytes : layout_.key_width), 8)},
      stride_{used_at_ + (layout_.ttl_ms > 0 ? sizeof(std::int64_t) : 0)},
      chunks_{chunk_entries * stride_} {}

std::string_view keyed_table::key(const std::byte* at) const noexcept {
  const auto* bytes = reinterpret_cast<const char*>(at + key_at_);
  if (layout_.key_width != 0)
    return {bytes, layout_.key_width};
  std::uint32_t size;
  std::memcpy(&size, bytes, sizeof size);
  if (size <= inline_key)
    return {bytes + sizeof size, size};
  blob_ref blob;
  std::memcpy(&blob, bytes + sizeof size, sizeof blob);
  return {reinterpret_cast<const char*>(blobs_.at(blob)), size};
}

std::string_view keyed_table::key(entry_ref entry) const noexcept {
  return key(slot(entry));
}

bool keyed_table::same_key(const std::byte* at, std::string_view wanted) const noexcept {
  if (layout_.key_width == sizeof(std::uint64_t)) {
    std::uint64_t a;
    std::uint64_t b;
    std::memcpy(&a, at + key_at_, sizeof a);
    std::memcpy(&b, wanted.data(), sizeof b);
    return a == b;
  }
  return key(at) == wanted;
}

void keyed_table::store_key(std::byte* at, std::string_view from) {
  auto* to = at + key_at_;
  if (layout_.key_width != 0) {
    std::memcpy(to, from.data(), from.size());
    return;
  }
  const auto size = static_cast<std::uint32_t>(from.size());
  std::memset(to, 0, long_key_bytes);
  std::memcpy(to, &size, sizeof size);
  if (size <= inline_key) {
    if (size != 0)
      std::memcpy(to + sizeof size, from.data(), size);
    return;
  }
  const auto blob = blobs_.allocate(size);
  std::memcpy(blobs_.at(blob), from.data(), size);
  std::memcpy(to + sizeof size, &blob, sizeof blob);
}

void keyed_table::release_key(std::byte* at) noexcept {
  std::uint32_t size;
  std::memcpy(&size, at + key_at_, sizeof size);
  if (layout_.key_width != 0 || size <= inline_key)
    return;
  blob_ref blob;
  std::memcpy(&blob, at + key_at_ + sizeof size, sizeof blob);
  blobs_.release(blob);
}

void keyed_table::release_blobs(std::byte* at) noexcept {
  for (const auto offset : layout_.blobs) {
    blob_ref blob;
    std::memcpy(&blob, at + offset, sizeof blob);
    blobs_.release(blob);
  }
}

void keyed_table::prefetch_index(std::uint64_t hash) const noexcept {
  const auto& group = groups_[key_group(hash)];
  if (!group.index.empty())
    __builtin_prefetch(&group.index[hash & (group.index.size() - 1)]);
}

void keyed_table::prefetch_entry(std::uint64_t hash) const noexcept {
  const auto& group = groups_[key_group(hash)];
  if (group.index.empty())
    return;
  const auto mask = group.index.size() - 1;
  const auto wanted = tag(hash);
  for (auto at = hash & mask; group.index[at] != 0; at = (at + 1) & mask)
    if ((group.index[at] & ~local_mask) == wanted) {
      const auto* entry = slot(group, (group.index[at] & local_mask) - 1);
      __builtin_prefetch(entry, 1);
      __builtin_prefetch(entry + stride_ - 1, 1);
      return;
    }
}

entry_ref keyed_table::probe(std::uint64_t hash, std::string_view wanted) const noexcept {
  const auto number = key_group(hash);
  const auto& group = groups_[number];
  if (group.index.empty())
    return no_entry;
  const auto mask = group.index.size() - 1;
  for (auto at = hash & mask; group.index[at] != 0; at = (at + 1) & mask) {
    const auto word = group.index[at];
    if ((word & ~local_mask) != tag(hash))
      continue;
    const auto local = (word & local_mask) - 1;
    if (same_key(slot(group, local), wanted))
      return static_cast<entry_ref>(number << 24 | local);
  }
  return no_entry;
}

void keyed_table::put_in_index(group_state& group, std::uint64_t hash,
                               std::uint32_t local) noexcept {
  const auto mask = group.index.size() - 1;
  auto at = hash & mask;
  while (group.index[at] != 0)
    at = (at + 1) & mask;
  group.index[at] = tag(hash) | (local + 1);
}

void keyed_table::grow_index(group_state& group, std::size_t slots) {
  group.index = std::vector<std::uint32_t>(slots);
  for (std::size_t page = 0; page < group.pages.size(); ++page)
    for (unsigned bits = group.pages[page].alive; bits != 0; bits &= bits - 1) {
      const auto local = static_cast<std::uint32_t>(page * page_entries +
                                                    static_cast<unsigned>(__builtin_ctz(bits)));
      put_in_index(group, hash_of_key(key(slot(group, local))), local);
    }
}

void keyed_table::make_page(group_state& group, std::size_t page) {
  const auto chunk = page * page_entries / chunk_entries;
  if (group.chunks.size() <= chunk)
    group.chunks.resize(chunk + 1);
  if (!group.chunks[chunk])
    group.chunks[chunk] = chunks_.take();
  if (group.pages.size() <= page)
    group.pages.resize(page + 1);
}

std::uint32_t keyed_table::take_free(group_state& group) {
  if (group.free != no_entry) {
    const auto out = group.free;
    std::memcpy(&group.free, slot(group, out), sizeof group.free);
    return out;
  }
  LEPTON_ASSERT(group.end < local_mask - 1);
  const auto out = group.end++;
  make_page(group, out / page_entries);
  return out;
}

entry_ref keyed_table::probe_or_insert(std::uint64_t hash, std::string_view wanted,
                                       std::int64_t now) {
  const auto number = key_group(hash);
  auto& group = groups_[number];
  const auto found = probe(hash, wanted);
  if (found != no_entry) {
    touch(found);
    if (auto* at = slot(found); layout_.ttl_ms > 0 && now > used_ms(at))
      used_ms(at) = now;
    return found;
  }
  if ((group.size + 1) * 8ull > group.index.size() * 7)
    grow_index(group, std::max<std::size_t>(16, group.index.size() * 2));
  const auto local = take_free(group);
  touch_page(group, local / page_entries);
  auto* at = slot(group, local);
  std::memset(at, 0, key_at_);
  store_key(at, wanted);
  if (layout_.ttl_ms > 0)
    used_ms(at) = now;
  group.pages[local / page_entries].alive |=
      static_cast<std::uint16_t>(1u << (local % page_entries));
  put_in_index(group, hash, local);
  ++group.size;
  ++size_;
  return static_cast<entry_ref>(number << 24 | local);
}

// Three passes over a block, so that the cache misses of its rows overlap.
template <class RowAt>
void keyed_table::find_rows(const batch_keys& keys, RowAt row_at, std::int64_t now,
                            std::span<entry_ref> out) {
  constexpr std::size_t block = 64;
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const auto end = std::min(begin + block, out.size());
    for (auto i = begin; i < end; ++i)
      prefetch_index(keys.hash(row_at(i)));
    for (auto i = begin; i < end; ++i)
      prefetch_entry(keys.hash(row_at(i)));
    for (auto i = begin; i < end; ++i)
      out[i] = probe_or_insert(keys.hash(row_at(i)), keys.key(row_at(i)), now);
  }
}

void keyed_table::find_or_insert(const batch_keys& keys, std::int64_t now_ms,
                                 std::span<entry_ref> out) {
  find_rows(keys, [](std::size_t i) { return i; }, now_ms, out);
}

void keyed_table::find_or_insert(const batch_keys& keys, std::span<const std::int32_t> rows,
                                 std::int64_t now_ms, std::span<entry_ref> out) {
  find_rows(keys, [&](std::size_t i) { return static_cast<std::size_t>(rows[i]); }, now_ms, out);
}

void keyed_table::find(const batch_keys& keys, std::span<entry_ref> out) const {
  constexpr std::size_t block = 64;
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const auto end = std::min(begin + block, out.size());
    for (auto i = begin; i < end; ++i)
      prefetch_index(keys.hash(i));
    for (auto i = begin; i < end; ++i)
      prefetch_entry(keys.hash(i));
    for (auto i = begin; i < end; ++i)
      out[i] = probe(keys.hash(i), keys.key(i));
  }
}

entry_ref keyed_table::find(std::string_view wanted) const {
  return probe(hash_of_key(wanted), wanted);
}

entry_ref keyed_table::find_or_insert(std::string_view wanted, std::int64_t now_ms) {
  return probe_or_insert(hash_of_key(wanted), wanted, now_ms);
}

bool keyed_table::alive(entry_ref entry) const noexcept {
  const auto& pages = groups_[entry >> 24].pages;
  const auto local = entry & local_mask;
  return local / page_entries < pages.size() &&
         (pages[local / page_entries].alive >> (local % page_entries) & 1) != 0;
}

// Deletion without tombstones: later words of the run move up where their own place allows it.
void keyed_table::unlink(group_state& group, std::uint64_t hash, std::uint32_t local) {
  auto& index = group.index;
  const auto mask = index.size() - 1;
  auto hole = hash & mask;
  while ((index[hole] & local_mask) != local + 1)
    hole = (hole + 1) & mask;
  for (auto at = (hole + 1) & mask; index[at] != 0; at = (at + 1) & mask) {
    const auto home = hash_of_key(key(slot(group, (index[at] & local_mask) - 1))) & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      index[hole] = index[at];
      hole = at;
    }
  }
  index[hole] = 0;
}

void keyed_table::erase(entry_ref entry) {
  auto& group = groups_[entry >> 24];
  const auto local = entry & local_mask;
  touch_page(group, local / page_entries);
  auto* at = slot(group, local);
  unlink(group, hash_of_key(key(at)), local);
  release_blobs(at);
  release_key(at);
  group.pages[local / page_entries].alive &=
      static_cast<std::uint16_t>(~(1u << (local % page_entries)));
  std::memcpy(at, &group.free, sizeof group.free);
  group.free = local;
  --group.size;
  --size_;
}

void keyed_table::drop_group(std::size_t number) {
  auto& group = groups_[number];
  LEPTON_ASSERT(!snapshot_running_);
  for (std::uint32_t local = 0; local < group.end; ++local)
    if (const auto entry = static_cast<entry_ref>(number << 24 | local); alive(entry))
      erase(entry);
  for (auto* chunk : group.chunks)
    if (chunk != nullptr)
      chunks_.give_back(chunk);
  group = {};
}

std::size_t keyed_table::bytes_used() const noexcept {
  std::size_t out = sizeof *this + blobs_.bytes_held() + chunks_.bytes();
  for (const auto& group : groups_) {
    out += group.index.capacity() * sizeof(std::uint32_t);
    out += group.chunks.capacity() * sizeof(group.chunks[0]);
    out += group.pages.capacity() * sizeof(page_state);
    out += group.aside.capacity();
  }
  return out;
}

} // namespace lepton::pipelines
