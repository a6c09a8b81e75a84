#pragma once

#include "core/result.hpp"
#include "pipelines/state/blob_arena.hpp"
#include "pipelines/state/key_layout.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// An entry of a `keyed_table`: key group in the upper 8 bits, its number there in the lower 24.
/// Stays the same until the entry is erased or evicted, and over a snapshot and restore.
using entry_ref = std::uint32_t;
inline constexpr entry_ref no_entry = 0xffffffff;

/// What a table stores for each key.
struct table_layout {
  std::size_t key_width = 0;      ///< bytes of a key; 0: keys of different length
  std::size_t payload_size = 0;   ///< bytes; zeroed when the entry is made
  std::vector<std::size_t> blobs; ///< where in the payload a `blob_ref` lies
  std::int64_t ttl_ms = 0;        ///< forget a key this long after its last row; 0: never
  /// Bytes at the end of a key that do not take part in the choice of its group: the part of a
  /// composed key (a window of a card) that must stay with the rest. 0 or 8.
  std::size_t suffix = 0;
  /// Tells tables of different use apart: a snapshot fits only a table with the same value.
  std::uint64_t fingerprint = 0;
};

/// Says of a restored entry whether its payload and blobs are sound; may look but not change.
using entry_check = std::function<bool(const std::byte* payload, const blob_arena& blobs)>;

/// State by key in memory: 256 key groups, each an open-addressing index of 4 bytes a slot over
/// entries that never move (payload, key, time of last use in one place). Works on whole batches.
/// One thread at a time. Does not write files and does not read clocks: time comes as arguments,
/// snapshots go out as bytes. A snapshot is written piece by piece while updates go on: an update
/// of a page (4 entries) that is not yet written first puts the old page aside.
class keyed_table {
public:
  explicit keyed_table(table_layout layout);

  /// Looks the keys up; `no_entry` for those that are not there. `out` has one place a key.
  void find(const batch_keys& keys, std::span<entry_ref> out) const;
  /// Looks the keys up to change them, and makes those that are not there (payload all zero). All
  /// returned entries count as used at `now_ms` and as changed. An entry whose time to live is over
  /// is still found until `evict` comes by.
  void find_or_insert(const batch_keys& keys, std::int64_t now_ms, std::span<entry_ref> out);
  /// The same for some rows of the batch only: `out[i]` is for row `rows[i]`.
  void find_or_insert(const batch_keys& keys, std::span<const std::int32_t> rows,
                      std::int64_t now_ms, std::span<entry_ref> out);
  entry_ref find(std::string_view key) const;
  entry_ref find_or_insert(std::string_view key, std::int64_t now_ms);

  /// Must be called before a change of an entry that did not come from `find_or_insert` since the
  /// last snapshot began.
  void touch(entry_ref entry) {
    auto& group = groups_[entry >> 24];
    touch_page(group, (entry & local_mask) / page_entries);
  }
  /// Removes an entry and its blobs.
  void erase(entry_ref entry);
  bool alive(entry_ref entry) const noexcept;

  std::byte* payload(entry_ref entry) noexcept { return slot(entry); }
  const std::byte* payload(entry_ref entry) const noexcept { return slot(entry); }
  /// The payload as `T`; `T` is trivially copyable, at most `payload_size` bytes.
  template <class T>
  T& as(entry_ref entry) noexcept {
    return *reinterpret_cast<T*>(slot(entry));
  }
  template <class T>
  const T& as(entry_ref entry) const noexcept {
    return *reinterpret_cast<const T*>(slot(entry));
  }
  /// Valid until the entry is erased.
  std::string_view key(entry_ref entry) const noexcept;
  blob_arena& blobs() noexcept { return blobs_; }
  const blob_arena& blobs() const noexcept { return blobs_; }
  void prefetch(entry_ref entry) const noexcept { __builtin_prefetch(slot(entry), 1); }

  /// Calls `visit(entry)` for every entry, group by group. The table must not change meanwhile.
  template <class Visit>
  void for_each(Visit visit) const;

  /// Goes on around the table, looks at `max_entries` places and removes what is past its time to
  /// live at `now_ms`. Returns how many it removed. To keep up, look at more places than keys come.
  std::size_t evict(std::int64_t now_ms, std::size_t max_entries) {
    if (layout_.ttl_ms <= 0)
      return 0;
    return sweep(max_entries,
                 [&](entry_ref entry) { return used_ms(slot(entry)) < now_ms - layout_.ttl_ms; });
  }
  /// The same with a condition of the caller's: removes entries for which `is_over(entry)`.
  template <class Condition>
  std::size_t sweep(std::size_t max_entries, Condition is_over);

  std::size_t size() const noexcept { return size_; }
  /// Bytes taken from the system, all included.
  std::size_t bytes_used() const noexcept;
  /// Bytes of the entry of one key, without index (4.6 to 9.2), long keys and blobs.
  std::size_t entry_bytes() const noexcept { return stride_; }
  const table_layout& layout() const noexcept { return layout_; }

  // Snapshots (table_snapshot.cpp). One at a time.

  /// Begins a snapshot of the state as it is now: of everything, or of the pages changed since the
  /// last snapshot that was committed. `number` is kept in every piece.
  void begin_snapshot(std::uint64_t number, bool everything);
  /// Appends the next piece, of about `max_bytes` and of one key group, to `out` and sets `group`;
  /// false if there is none. Each piece is a frame of its own and can be stored as one value.
  bool next_piece(std::string& out, std::size_t& group, std::size_t max_bytes = 262144);
  /// The pieces are safe: the next snapshot may build on them.
  void commit_snapshot();
  /// They are not: their pages count as changed again.
  void abandon_snapshot();
  bool snapshot_running() const noexcept { return snapshot_running_; }
  /// Bytes put aside for the running snapshot.
  std::size_t bytes_aside() const noexcept;

  /// Takes a piece into a table that had no other use before: first those of a full snapshot, then
  /// those of each later one in order. Then `finish_restore`. After an error the table is unusable.
  /// Above `max_bytes` of entries and blobs it stops with an error; 0 is no limit.
  core::result<void> restore_piece(std::string_view piece, std::size_t max_bytes = 0);
  /// Builds the index. `check` may be empty.
  core::result<void> finish_restore(const entry_check& check);
  /// Removes all keys of a group (it moved elsewhere).
  void drop_group(std::size_t group);

private:
  static constexpr std::uint32_t local_mask = 0xffffff;
  static constexpr std::size_t page_entries = 4;
  static constexpr std::size_t chunk_entries = 64;

  struct page_state {
    std::uint16_t alive = 0;
    bool dirty = false;     ///< changed since the last snapshot began
    bool pending = false;   ///< belongs to the running snapshot and is not yet written
    bool in_flight = false; ///< belongs to the running snapshot
  };
  struct group_state {
    std::vector<std::uint32_t> index; ///< tag << 24 | number + 1; 0 is free
    std::vector<std::byte*> chunks;
    std::vector<page_state> pages;
    std::uint32_t end = 0;         ///< numbers below were used at least once
    std::uint32_t free = no_entry; ///< list through the payloads of free entries
    std::uint32_t size = 0;        ///< entries alive
    std::uint32_t written = 0;     ///< pages of the running snapshot before are done
    std::string aside;             ///< pages written before they were changed
  };

  std::byte* slot(entry_ref entry) const noexcept {
    return slot(groups_[entry >> 24], entry & local_mask);
  }
  std::byte* slot(const group_state& group, std::uint32_t local) const noexcept {
    return group.chunks[local / chunk_entries] + (local % chunk_entries) * stride_;
  }
  std::string_view key(const std::byte* at) const noexcept;
  bool same_key(const std::byte* at, std::string_view key) const noexcept;
  void store_key(std::byte* at, std::string_view key);
  void release_key(std::byte* at) noexcept;
  std::uint64_t hash_of_key(std::string_view key) const noexcept {
    return pipelines::hash_of_key(key, layout_.suffix);
  }
  std::int64_t& used_ms(std::byte* at) const noexcept {
    return *reinterpret_cast<std::int64_t*>(at + used_at_);
  }
  void release_blobs(std::byte* at) noexcept;

  entry_ref probe(std::uint64_t hash, std::string_view key) const noexcept;
  entry_ref probe_or_insert(std::uint64_t hash, std::string_view key, std::int64_t now);
  template <class RowAt>
  void find_rows(const batch_keys& keys, RowAt row_at, std::int64_t now, std::span<entry_ref> out);
  void prefetch_index(std::uint64_t hash) const noexcept;
  void prefetch_entry(std::uint64_t hash) const noexcept;
  std::uint32_t take_free(group_state& group);
  void grow_index(group_state& group, std::size_t slots);
  void unlink(group_state& group, std::uint64_t hash, std::uint32_t local);
  void put_in_index(group_state& group, std::uint64_t hash, std::uint32_t local) noexcept;

  void touch_page(group_state& group, std::size_t page) {
    auto& state = group.pages[page];
    if (state.pending)
      put_aside(group, page);
    state.dirty = true;
  }
  void put_aside(group_state& group, std::size_t page);
  void write_page(const group_state& group, std::size_t page, std::string& out) const;
  bool read_page(group_state& group, state_reader& from);
  void empty_page(group_state& group, std::size_t page);
  void make_page(group_state& group, std::size_t page);
  core::result<void> index_group(std::size_t number, const entry_check& check);
  std::uint64_t layout_hash() const;

  table_layout layout_;
  std::size_t key_at_ = 0;
  std::size_t used_at_ = 0;
  std::size_t stride_ = 0;
  std::array<group_state, key_groups> groups_;
  piece_pool chunks_;
  blob_arena blobs_;
  std::size_t size_ = 0;
  std::size_t hand_group_ = 0;
  std::uint32_t hand_ = 0;
  bool snapshot_running_ = false;
  std::uint64_t snapshot_number_ = 0;
  bool snapshot_full_ = false;
  std::size_t snapshot_group_ = 0;
};

template <class Visit>
void keyed_table::for_each(Visit visit) const {
  for (std::size_t g = 0; g < key_groups; ++g)
    for (std::size_t page = 0; page < groups_[g].pages.size(); ++page)
      for (unsigned bits = groups_[g].pages[page].alive; bits != 0; bits &= bits - 1)
        visit(static_cast<entry_ref>(
            g << 24 | (page * page_entries + static_cast<unsigned>(__builtin_ctz(bits)))));
}

template <class Condition>
std::size_t keyed_table::sweep(std::size_t max_entries, Condition is_over) {
  std::size_t removed = 0;
  std::size_t groups = 0;
  for (std::size_t looked = 0; looked < max_entries && groups <= key_groups;) {
    auto& group = groups_[hand_group_];
    if (hand_ >= group.end) {
      hand_ = 0;
      hand_group_ = (hand_group_ + 1) % key_groups;
      ++groups;
      continue;
    }
    const auto entry = static_cast<entry_ref>(hand_group_ << 24 | hand_);
    if (alive(entry) && is_over(entry)) {
      erase(entry);
      ++removed;
    }
    ++hand_;
    ++looked;
  }
  return removed;
}

} // namespace lepton::pipelines
