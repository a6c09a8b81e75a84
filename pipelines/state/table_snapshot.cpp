// Snapshots of a keyed_table: which pages belong to one, how a page is written and read, and what
// bytes from outside must satisfy.
#include "core/assert.hpp"
#include "pipelines/state/keyed_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr auto piece_kind = state_kind("KTBL");
constexpr std::uint16_t piece_version = 1;
constexpr std::uint32_t most_pages = 1u << 22;

core::error malformed(std::string text) {
  return {core::errc::malformed, "snapshot: " + std::move(text)};
}

} // namespace

std::uint64_t keyed_table::layout_hash() const {
  std::string text;
  state_writer to{text};
  to.put(layout_.fingerprint);
  to.put(static_cast<std::uint64_t>(layout_.key_width));
  to.put(static_cast<std::uint64_t>(layout_.payload_size));
  to.put(layout_.ttl_ms);
  to.put(static_cast<std::uint64_t>(layout_.suffix));
  for (const auto offset : layout_.blobs)
    to.put(static_cast<std::uint64_t>(offset));
  return stable_hash(text);
}

void keyed_table::begin_snapshot(std::uint64_t number, bool everything) {
  LEPTON_ASSERT(!snapshot_running_);
  snapshot_running_ = true;
  snapshot_number_ = number;
  snapshot_full_ = everything;
  snapshot_group_ = 0;
  for (auto& group : groups_) {
    group.written = 0;
    for (auto& page : group.pages) {
      page.pending = page.in_flight = everything || page.dirty;
      page.dirty = false;
    }
  }
}

void keyed_table::put_aside(group_state& group, std::size_t page) {
  write_page(group, page, group.aside);
  group.pages[page].pending = false;
}

void keyed_table::write_page(const group_state& group, std::size_t page, std::string& out) const {
  state_writer to{out};
  const auto alive = group.pages[page].alive;
  to.put(static_cast<std::uint32_t>(page));
  to.put(alive);
  for (unsigned bits = alive; bits != 0; bits &= bits - 1) {
    const auto* at =
        slot(group, static_cast<std::uint32_t>(page * page_entries +
                                               static_cast<unsigned>(__builtin_ctz(bits))));
    if (layout_.key_width == 0)
      to.put_bytes(key(at));
    else
      to.put_raw(at + key_at_, layout_.key_width);
    if (layout_.ttl_ms > 0)
      to.put_raw(at + used_at_, sizeof(std::int64_t));
    to.put_raw(at, layout_.payload_size);
    for (const auto offset : layout_.blobs) {
      blob_ref blob;
      std::memcpy(&blob, at + offset, sizeof blob);
      // The reader makes its own references; places in memory mean nothing to it.
      std::memset(out.data() + out.size() - layout_.payload_size + offset, 0, sizeof blob);
    }
    for (const auto offset : layout_.blobs) {
      blob_ref blob;
      std::memcpy(&blob, at + offset, sizeof blob);
      to.put(blob.size);
      if (blob.handle != 0)
        to.put_raw(blobs_.at(blob), blob.size);
    }
  }
}

bool keyed_table::next_piece(std::string& out, std::size_t& number, std::size_t max_bytes) {
  LEPTON_ASSERT(snapshot_running_);
  for (; snapshot_group_ < key_groups; ++snapshot_group_) {
    auto& group = groups_[snapshot_group_];
    std::string body;
    state_writer to{body};
    to.put(layout_hash());
    to.put(snapshot_number_);
    to.put(static_cast<std::uint8_t>(snapshot_full_));
    to.put(static_cast<std::uint16_t>(snapshot_group_));
    const auto head = body.size();
    body += group.aside;
    group.aside = {};
    for (; group.written < group.pages.size() && body.size() < max_bytes; ++group.written)
      if (auto& page = group.pages[group.written]; page.pending) {
        write_page(group, group.written, body);
        page.pending = false;
      }
    if (body.size() == head)
      continue;
    number = snapshot_group_;
    out += frame_state(piece_kind, piece_version, body);
    return true;
  }
  return false;
}

void keyed_table::commit_snapshot() {
  LEPTON_ASSERT(snapshot_running_ && snapshot_group_ == key_groups);
  snapshot_running_ = false;
  for (auto& group : groups_)
    for (auto& page : group.pages)
      page.in_flight = false;
}

void keyed_table::abandon_snapshot() {
  LEPTON_ASSERT(snapshot_running_);
  snapshot_running_ = false;
  for (auto& group : groups_) {
    group.aside = {};
    for (auto& page : group.pages) {
      page.dirty = page.dirty || page.in_flight;
      page.pending = page.in_flight = false;
    }
  }
}

std::size_t keyed_table::bytes_aside() const noexcept {
  std::size_t out = 0;
  for (const auto& group : groups_)
    out += group.aside.size();
  return out;
}

void keyed_table::empty_page(group_state& group, std::size_t page) {
  for (unsigned bits = group.pages[page].alive; bits != 0; bits &= bits - 1) {
    auto* at = slot(group, static_cast<std::uint32_t>(page * page_entries +
                                                      static_cast<unsigned>(__builtin_ctz(bits))));
    release_blobs(at);
    release_key(at);
    --group.size;
    --size_;
  }
  group.pages[page].alive = 0;
}

bool keyed_table::read_page(group_state& group, state_reader& from) {
  const auto page = from.get<std::uint32_t>();
  const auto alive = from.get<std::uint16_t>();
  if (!from.ok() || page >= most_pages || alive >> page_entries != 0)
    return false;
  make_page(group, page);
  empty_page(group, page);
  for (unsigned bits = alive; bits != 0; bits &= bits - 1) {
    const auto bit = static_cast<unsigned>(__builtin_ctz(bits));
    auto* at = slot(group, static_cast<std::uint32_t>(page * page_entries + bit));
    std::memset(at, 0, stride_);
    const auto text = layout_.key_width == 0 ? from.get_bytes() : from.get_view(layout_.key_width);
    if (layout_.ttl_ms > 0)
      from.get_raw(at + used_at_, sizeof(std::int64_t));
    from.get_raw(at, layout_.payload_size);
    for (const auto offset : layout_.blobs)
      std::memset(at + offset, 0, sizeof(blob_ref));
    if (!from.ok())
      return false;
    store_key(at, text);
    group.pages[page].alive |= static_cast<std::uint16_t>(1u << bit);
    ++group.size;
    ++size_;
    for (const auto offset : layout_.blobs) {
      const auto bytes = from.get_bytes();
      if (bytes.empty())
        continue;
      const auto blob = blobs_.allocate(bytes.size());
      std::memcpy(blobs_.at(blob), bytes.data(), bytes.size());
      std::memcpy(at + offset, &blob, sizeof blob);
    }
    if (!from.ok())
      return false;
  }
  return true;
}

core::result<void> keyed_table::restore_piece(std::string_view piece, std::size_t max_bytes) {
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(piece, piece_kind, piece_version, body, size, error))
    return malformed(error);
  if (size != piece.size())
    return malformed("bytes follow after its end");
  state_reader from{body};
  if (from.get<std::uint64_t>() != layout_hash())
    return malformed("it was written by an operator with other settings");
  from.get<std::uint64_t>();
  from.get<std::uint8_t>();
  const std::size_t number = from.get<std::uint16_t>();
  if (!from.ok() || number >= key_groups)
    return malformed("it names a key group that does not exist");
  while (!from.at_end()) {
    if (!read_page(groups_[number], from))
      return malformed(fmt::format("key group {} is damaged", number));
    if (max_bytes != 0 && blobs_.bytes_held() + size_ * stride_ > max_bytes)
      return core::error{core::errc::capacity,
                         fmt::format("snapshot: needs more than {} bytes of memory", max_bytes)};
  }
  return {};
}

core::result<void> keyed_table::index_group(std::size_t number, const entry_check& check) {
  auto& group = groups_[number];
  std::size_t slots = group.size == 0 ? 0 : 16;
  while (group.size * 8ull > slots * 7)
    slots *= 2;
  group.index = std::vector<std::uint32_t>(slots);
  group.end = static_cast<std::uint32_t>(group.pages.size() * page_entries);
  group.free = no_entry;
  for (std::size_t page = 0; page < group.pages.size(); ++page)
    make_page(group, page);
  for (std::uint32_t local = group.end; local-- > 0;) {
    auto* at = slot(group, local);
    if ((group.pages[local / page_entries].alive >> (local % page_entries) & 1) == 0) {
      std::memcpy(at, &group.free, sizeof group.free);
      group.free = local;
      continue;
    }
    const auto text = key(at);
    const auto hash = hash_of_key(text);
    if (key_group(hash) != number || probe(hash, text) != no_entry)
      return malformed(fmt::format("key group {} holds a key twice or of another", number));
    if (check && !check(at, blobs_))
      return malformed(fmt::format("key group {} holds a state that cannot be", number));
    put_in_index(group, hash, local);
  }
  return {};
}

core::result<void> keyed_table::finish_restore(const entry_check& check) {
  for (std::size_t number = 0; number < key_groups; ++number)
    LEPTON_TRY(index_group(number, check));
  return {};
}

} // namespace lepton::pipelines
