#include "pipelines/state/blob_arena.hpp"

#include "core/assert.hpp"

#include <bit>
#include <cstring>

namespace lepton::pipelines {

// Handle 0 means nothing: the first slab is never used.
blob_arena::blob_arena() : slabs_(1) {}

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

std::uint32_t blob_arena::take_slab(std::size_t bytes) {
  std::uint32_t slab = static_cast<std::uint32_t>(slabs_.size());
  if (free_slabs_.empty()) {
    LEPTON_ASSERT(slabs_.size() < (std::uint64_t{1} << 32) / slab_units);
    slabs_.emplace_back();
  } else {
    slab = free_slabs_.back();
    free_slabs_.pop_back();
  }
  slabs_[slab] = std::make_unique_for_overwrite<std::byte[]>(bytes);
  held_ += bytes;
  return slab;
}

void blob_arena::open_slab() {
  // What is left of the old one goes to the free lists, in the largest blocks that fit.
  for (auto left = slab_units - open_used_; left != 0; left = slab_units - open_used_) {
    auto fit = class_of(left * unit);
    if (class_bytes(fit) > left * unit)
      --fit;
    const auto handle = static_cast<std::uint32_t>(open_slab_ * slab_units + open_used_);
    std::memcpy(address(handle), &free_[fit], sizeof free_[fit]);
    free_[fit] = handle;
    open_used_ += class_bytes(fit) / unit;
  }
  open_slab_ = take_slab(slab_bytes);
  open_used_ = 0;
}

std::uint32_t blob_arena::take_small(std::size_t index) {
  auto& free = free_[index];
  const auto units = class_bytes(index) / unit;
  if (free == 0 && open_used_ + units > slab_units)
    open_slab();
  if (free != 0) {
    const auto out = free;
    std::memcpy(&free, address(out), sizeof free);
    return out;
  }
  const auto out = static_cast<std::uint32_t>(open_slab_ * slab_units + open_used_);
  open_used_ += units;
  return out;
}

blob_ref blob_arena::allocate(std::size_t bytes) {
  LEPTON_ASSERT(bytes != 0 && bytes < (std::size_t{1} << 31));
  const auto index = class_of(bytes);
  blob_ref out;
  out.size = static_cast<std::uint32_t>(bytes);
  out.block = static_cast<std::uint8_t>(index);
  out.handle = index < small_classes
                   ? take_small(index)
                   : take_slab(class_bytes(index)) * static_cast<std::uint32_t>(slab_units);
  live_ += class_bytes(index);
  return out;
}

void blob_arena::release(blob_ref& blob) noexcept {
  if (blob.handle == 0)
    return;
  live_ -= class_bytes(blob.block);
  if (blob.block >= small_classes) {
    const auto slab = blob.handle / static_cast<std::uint32_t>(slab_units);
    slabs_[slab].reset();
    free_slabs_.push_back(slab);
    held_ -= class_bytes(blob.block);
  } else {
    auto& free = free_[blob.block];
    std::memcpy(address(blob.handle), &free, sizeof free);
    free = blob.handle;
  }
  blob = {};
}

} // namespace lepton::pipelines
