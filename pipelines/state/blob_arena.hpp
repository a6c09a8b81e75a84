#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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
/// doubling; those above 32 KiB each on their own. A block has no header. A freed block is used
/// again for its own class only. Not for more than one thread.
class blob_arena {
public:
  blob_arena();

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

  /// Bytes taken from the system.
  std::size_t bytes_held() const noexcept {
    return held_ + slabs_.capacity() * sizeof(slabs_[0]) + free_slabs_.capacity() * 4;
  }
  /// Bytes of blocks that are handed out.
  std::size_t bytes_live() const noexcept { return live_; }

private:
  static constexpr std::size_t unit = 16;
  static constexpr std::size_t slab_units = 4096;
  static constexpr std::size_t slab_bytes = slab_units * unit;
  static constexpr std::size_t small_classes = 40; // up to 32 KiB

  std::byte* address(std::uint32_t handle) const noexcept {
    return slabs_[handle / slab_units].get() + (handle % slab_units) * unit;
  }
  static std::size_t class_of(std::size_t bytes) noexcept;
  static std::size_t class_bytes(std::size_t index) noexcept;
  std::uint32_t take_slab(std::size_t bytes);
  std::uint32_t take_small(std::size_t index);
  void open_slab();

  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::vector<std::uint32_t> free_slabs_;
  std::array<std::uint32_t, small_classes> free_{};
  std::uint32_t open_slab_ = 0;
  std::size_t open_used_ = slab_units; ///< units of the open slab that are handed out
  std::size_t held_ = 0;
  std::size_t live_ = 0;
};

} // namespace lepton::pipelines
