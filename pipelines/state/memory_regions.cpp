#include "pipelines/state/memory_regions.hpp"

#include "core/assert.hpp"

#include <sys/mman.h>

#include <cstdlib>

namespace lepton::pipelines {

namespace {

constexpr std::size_t small_region = 65536;
constexpr std::size_t large_region = std::size_t{1} << 21;

} // namespace

void memory_regions::release::operator()(std::byte* at) const noexcept {
  std::free(at);
}

memory_regions::region memory_regions::add() {
  const auto size = bytes_ < large_region / 2 ? small_region : large_region;
  auto* at = static_cast<std::byte*>(std::aligned_alloc(size, size));
  LEPTON_ASSERT(at != nullptr);
  if (size == large_region)
    static_cast<void>(::madvise(at, size, MADV_HUGEPAGE)); // a refusal costs only speed
  regions_.emplace_back(at);
  bytes_ += size;
  return {at, size};
}

std::byte* piece_pool::take() {
  if (!free_.empty()) {
    auto* out = free_.back();
    free_.pop_back();
    return out;
  }
  if (open_.size < piece_)
    open_ = regions_.add();
  LEPTON_ASSERT(open_.size >= piece_);
  auto* out = open_.begin;
  open_.begin += piece_;
  open_.size -= piece_;
  return out;
}

} // namespace lepton::pipelines
