#include "core/aligned_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace lepton::core {

namespace {

constexpr std::size_t alignment = 64;

} // namespace

void aligned_buffer::append(const void* bytes, std::size_t count) {
  const std::size_t old = size_;
  resize(old + count);
  if (count != 0)
    std::memcpy(data_.get() + old, bytes, count);
}

void aligned_buffer::grow(std::size_t at_least) {
  const std::size_t wanted = std::max(at_least, capacity_ + capacity_ / 2);
  const std::size_t rounded = (wanted + alignment - 1) / alignment * alignment;
  auto* bytes = static_cast<std::uint8_t*>(std::aligned_alloc(alignment, rounded + alignment));
  if (!bytes)
    throw std::bad_alloc{};
  if (size_ != 0)
    std::memcpy(bytes, data_.get(), size_);
  data_.reset(bytes);
  capacity_ = rounded;
}

void aligned_buffer::release::operator()(std::uint8_t* bytes) const noexcept {
  std::free(bytes);
}

} // namespace lepton::core
