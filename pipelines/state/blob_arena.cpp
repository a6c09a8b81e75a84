#include "pipelines/state/blob_arena.hpp"

#include "core/assert.hpp"

#include <bit>
#include <cstring>

namespace lepton::pipelines {

// Classes 0..7: 16, 32 ... 128. Then four to a doubling.
std::size_t blob_arena::class_of(std::size_t bytes) noexcept {
  if (bytes <= 128)
    return (bytes + unit - 1) / unit - 1;
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1; // 2^power < bytes
  const auto quarter = (bytes - 1 - (std::size_t{1} << power)) >> (power - 2);
  return 8 + (power - 7) * 4 + quarter;
}

std::size_t blob_arena::class_bytes(std::size_t index) noexcept {
  if (index < 8)
    return (index + 1) * unit;
  const auto power = 7 + (index - 8) / 4;
  return (std::size_t{1} << power) + (((index - 8) % 4) + 1) * (std::size_t{1} << (power - 2));
}

std::uint32_t blob_arena::add_slab(std::byte* at) {
  LEPTON_ASSERT(slabs_.size() < (std::uint64_t{1} << 32) / slab_units);
  slabs_.push_back(at);
  states_.emplace_back();
  return static_cast<std::uint32_t>(slabs_.size() - 1);
}

void blob_arena::add_region() {
  const auto region = regions_.add();
  for (std::size_t at = region.size; at != 0; at -= slab_bytes)
    link(empty_, add_slab(region.begin + at - slab_bytes));
}

void blob_arena::link(std::uint32_t& head, std::uint32_t slab) noexcept {
  auto& state = states_[slab];
  state.next = head;
  state.previous = none;
  state.listed = true;
  if (head != none)
    states_[head].previous = slab;
  head = slab;
}

void blob_arena::unlink(std::uint32_t& head, std::uint32_t slab) noexcept {
  auto& state = states_[slab];
  (state.previous == none ? head : states_[state.previous].next) = state.next;
  if (state.next != none)
    states_[state.next].previous = state.previous;
  state.next = state.previous = none;
  state.listed = false;
}

std::uint32_t blob_arena::take_small(std::size_t index) {
  auto& head = with_room_[index];
  if (head == none) {
    if (empty_ == none)
      add_region();
    const auto slab = empty_;
    unlink(empty_, slab);
    states_[slab].block = static_cast<std::uint8_t>(index);
    states_[slab].free = states_[slab].fresh = states_[slab].live = 0;
    link(head, slab);
  }
  const auto slab = head;
  auto& state = states_[slab];
  std::size_t at = 0;
  if (state.free != 0) {
    at = state.free - 1u;
    std::memcpy(&state.free, slabs_[slab] + at * unit, sizeof state.free);
  } else {
    at = state.fresh;
    state.fresh = static_cast<std::uint16_t>(at + class_bytes(index) / unit);
  }
  if (++state.live == blocks_in_slab(index))
    unlink(head, slab);
  return static_cast<std::uint32_t>(slab * slab_units + at);
}

std::uint32_t blob_arena::take_alone(std::size_t index) {
  const auto bytes = class_bytes(index);
  auto memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
  std::uint32_t slab = none;
  if (free_alone_.empty()) {
    slab = add_slab(memory.get());
  } else {
    slab = free_alone_.back();
    free_alone_.pop_back();
    slabs_[slab] = memory.get();
  }
  alone_.emplace(slab, std::move(memory));
  alone_bytes_ += bytes;
  return slab * static_cast<std::uint32_t>(slab_units);
}

blob_ref blob_arena::allocate(std::size_t bytes) {
  LEPTON_ASSERT(bytes != 0 && bytes < (std::size_t{1} << 31));
  const auto index = class_of(bytes);
  blob_ref out;
  out.size = static_cast<std::uint32_t>(bytes);
  out.block = static_cast<std::uint8_t>(index);
  out.handle = index < small_classes ? take_small(index) : take_alone(index);
  live_ += class_bytes(index);
  return out;
}

void blob_arena::release_small(std::uint32_t handle) noexcept {
  const auto slab = handle / static_cast<std::uint32_t>(slab_units);
  auto& state = states_[slab];
  std::memcpy(address(handle), &state.free, sizeof state.free);
  state.free = static_cast<std::uint16_t>(handle % slab_units + 1);
  auto& head = with_room_[state.block];
  if (--state.live == 0) {
    if (state.listed)
      unlink(head, slab);
    link(empty_, slab);
  } else if (!state.listed) {
    link(head, slab);
  }
}

void blob_arena::release(blob_ref& blob) noexcept {
  if (blob.handle == 0)
    return;
  live_ -= class_bytes(blob.block);
  if (blob.block < small_classes) {
    release_small(blob.handle);
  } else {
    const auto slab = blob.handle / static_cast<std::uint32_t>(slab_units);
    alone_.erase(slab);
    free_alone_.push_back(slab);
    alone_bytes_ -= class_bytes(blob.block);
  }
  blob = {};
}

bool blob_arena::is_sparse(const blob_ref& blob) const noexcept {
  if (blob.handle == 0 || blob.block >= small_classes)
    return false;
  const auto slab = blob.handle / static_cast<std::uint32_t>(slab_units);
  return states_[slab].live * 2u < blocks_in_slab(blob.block) && with_room_[blob.block] != slab;
}

void blob_arena::relocate(blob_ref& blob) {
  auto to = allocate(capacity(blob));
  to.size = blob.size;
  std::memcpy(at(to), at(blob), blob.size);
  release(blob);
  blob = to;
}

std::size_t blob_arena::bytes_held() const noexcept {
  return regions_.bytes() + alone_bytes_ +
         slabs_.capacity() * (sizeof(slabs_[0]) + sizeof(slab_state)) + alone_.size() * 48;
}

} // namespace lepton::pipelines
