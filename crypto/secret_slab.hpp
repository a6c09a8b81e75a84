#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace lepton::crypto {

/// One run of locked pages between two guard pages, handed out in granules of 64 bytes. Not
/// thread-safe.
class secret_slab {
public:
  static constexpr std::size_t granule = 64;
  static constexpr std::size_t granules = 1024;
  static constexpr std::size_t size = granule * granules;

  /// Throws std::bad_alloc if the system has no memory.
  secret_slab();
  ~secret_slab();
  secret_slab(const secret_slab&) = delete;
  secret_slab& operator=(const secret_slab&) = delete;

  bool locked() const noexcept { return locked_; }
  bool empty() const noexcept { return used_.none(); }
  bool contains(const std::uint8_t* at) const noexcept {
    return at >= begin_ && at < begin_ + size;
  }
  /// `count` neighbouring granules, or null if there are none.
  std::uint8_t* take(std::size_t count) noexcept;
  void give_back(const std::uint8_t* at, std::size_t count) noexcept;
  /// Lets go of pages that a forked child never got.
  void forget() noexcept { begin_ = nullptr; }

private:
  std::uint8_t* begin_ = nullptr; ///< first byte after the lower guard page
  bool locked_ = false;
  std::size_t hint_ = 0; ///< no granule below this one is free
  std::bitset<granules> used_;
};

/// All slabs of the process. Pages are locked (mlock), left out of core dumps (MADV_DONTDUMP), and
/// not given to forked children (MADV_DONTFORK): a child that was wiped instead would go on and
/// seal under a key of zeros, one without the page stops at its first use. Thread-safe.
class secret_memory {
public:
  /// Never destroyed: static objects may hold secrets to the very end.
  static secret_memory& instance();

  /// `size` zero bytes, 1 to 4096, followed by a canary.
  std::uint8_t* allocate(std::size_t size);
  /// Checks the canary and wipes. Does nothing for memory of a parent process.
  void release(std::uint8_t* data, std::size_t size) noexcept;
  /// False once a slab could not be locked.
  bool locked() const noexcept;
  /// Tries to have at least one slab, so that `locked` means something.
  void touch();

private:
  secret_memory();
  secret_slab* slab_of(const std::uint8_t* data) noexcept;
  void drop_empty_slabs() noexcept;
  void after_fork_in_child() noexcept;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<secret_slab>> slabs_;
  std::array<std::uint8_t, 16> canary_{};
  bool all_locked_ = true;
  bool is_child_ = false;
};

} // namespace lepton::crypto
