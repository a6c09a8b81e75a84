#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace lepton::pipelines {

/// Memory from the system in large pieces: of 64 KiB up to 1 MiB in all, then of 2 MiB that the
/// system may back with huge pages. Lookups in keyed state jump about: with pages of 4 KiB nearly
/// each of them would miss the TLB. Gives nothing back before its end.
class memory_regions {
public:
  struct region {
    std::byte* begin;
    std::size_t size;
  };
  region add();
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct release {
    void operator()(std::byte* at) const noexcept;
  };
  std::vector<std::unique_ptr<std::byte, release>> regions_;
  std::size_t bytes_ = 0;
};

/// Pieces of one size from such memory, aligned to 16 bytes.
class piece_pool {
public:
  /// `piece_bytes` up to 64 KiB.
  explicit piece_pool(std::size_t piece_bytes) : piece_{(piece_bytes + 15) / 16 * 16} {}

  std::byte* take();
  void give_back(std::byte* piece) { free_.push_back(piece); }
  std::size_t bytes() const noexcept {
    return regions_.bytes() + free_.capacity() * sizeof(free_[0]);
  }

private:
  std::size_t piece_;
  memory_regions regions_;
  memory_regions::region open_{nullptr, 0};
  std::vector<std::byte*> free_;
};

} // namespace lepton::pipelines
