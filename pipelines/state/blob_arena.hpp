#pragma once

#include "pipelines/state/memory_regions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

/// Where a variable part lies in a `blob_arena`. All zero: nowhere.
struct blob_ref {
  std::uint32_t handle = 0;
  std::uint32_t size = 0; ///< bytes in use: what a snapshot keeps
  std::uint8_t block = 0; ///< the size class of the block
  std::uint8_t spare[3] = {};
};
static_assert(sizeof(blob_ref) == 12);

/// Memory for the variable parts of keyed state: blocks in size classes from 16 bytes on, four to a
/// doubling, without headers. Blocks up to 2 KiB lie in slabs of 16 KiB, each of one class; an
/// empty slab serves any class again. Larger blocks each stand alone. Not for more than one thread.
class blob_arena {
public:
  /// A block with room for at least `bytes` (below 2^31), not set to anything, `size` = `bytes`.
  blob_ref allocate(std::size_t bytes);
  /// Gives the block back and makes `blob` nowhere; nothing happens if it is already.
  void release(blob_ref& blob) noexcept;
  std::byte* at(const blob_ref& blob) noexcept { return address(blob.handle); }
  const std::byte* at(const blob_ref& blob) const noexcept { return address(blob.handle); }
  /// Bytes that fit into the block; 0 for nowhere.
  static std::size_t capacity(const blob_ref& blob) noexcept {
    return blob.handle == 0 ? 0 : class_bytes(blob.block);
  }
  /// The capacity that a request for `bytes` receives.
  static std::size_t capacity_for(std::size_t bytes) noexcept {
    return class_bytes(class_of(bytes));
  }
  /// True if the block lies in a slab that is mostly empty: moving it helps to free the slab.
  bool is_sparse(const blob_ref& blob) const noexcept;
  /// Moves the bytes to another block of the same size.
  void relocate(blob_ref& blob);

  /// Bytes taken from the system.
  std::size_t bytes_held() const noexcept;
  /// Bytes of blocks that are handed out.
  std::size_t bytes_live() const noexcept { return live_; }

private:
  static constexpr std::size_t unit = 16;
  static constexpr std::size_t slab_units = 1024;
  static constexpr std::size_t slab_bytes = slab_units * unit;
  static constexpr std::size_t small_classes = 24; // up to 2 KiB
  static constexpr std::uint32_t none = 0xffffffff;

  struct slab_state {
    std::uint32_t next = none; ///< in the list of slabs of its class with room, or of empty slabs
    std::uint32_t previous = none;
    std::uint16_t free = 0;  ///< unit of the first free block + 1
    std::uint16_t fresh = 0; ///< units from here on were never handed out
    std::uint16_t live = 0;  ///< blocks handed out
    std::uint8_t block = 0;
    bool listed = false;
  };

  std::byte* address(std::uint32_t handle) const noexcept {
    return slabs_[handle / slab_units] + (handle % slab_units) * unit;
  }
  static std::size_t class_of(std::size_t bytes) noexcept;
  static std::size_t class_bytes(std::size_t index) noexcept;
  static std::size_t blocks_in_slab(std::size_t index) noexcept {
    return slab_bytes / class_bytes(index);
  }
  std::uint32_t add_slab(std::byte* at);
  void add_region();
  std::uint32_t take_small(std::size_t index);
  std::uint32_t take_alone(std::size_t index);
  void release_small(std::uint32_t handle) noexcept;
  void link(std::uint32_t& head, std::uint32_t slab) noexcept;
  void unlink(std::uint32_t& head, std::uint32_t slab) noexcept;

  std::vector<std::byte*> slabs_ = {nullptr}; // handle 0 means nowhere
  std::vector<slab_state> states_ = {slab_state{}};
  memory_regions regions_;
  std::unordered_map<std::uint32_t, std::unique_ptr<std::byte[]>> alone_;
  std::vector<std::uint32_t> free_alone_;
  std::array<std::uint32_t, small_classes> with_room_ = filled();
  std::uint32_t empty_ = none;
  std::size_t alone_bytes_ = 0;
  std::size_t live_ = 0;

  static constexpr std::array<std::uint32_t, small_classes> filled() {
    std::array<std::uint32_t, small_classes> out{};
    out.fill(none);
    return out;
  }
};

} // namespace lepton::pipelines
