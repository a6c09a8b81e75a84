#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lepton::core {

/// Growable bytes on a 64-byte boundary, with 64 readable bytes after the end (so that vector code
/// may load past it). Move-only. New bytes are not set to anything.
class aligned_buffer {
public:
  aligned_buffer() = default;
  explicit aligned_buffer(std::size_t size) { resize(size); }

  std::uint8_t* data() noexcept { return data_.get(); }
  const std::uint8_t* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }

  template <class T>
  T* as() noexcept {
    return reinterpret_cast<T*>(data_.get());
  }
  template <class T>
  const T* as() const noexcept {
    return reinterpret_cast<const T*>(data_.get());
  }

  /// Keeps the first min(old, new) bytes; grows by at least half so that appending is linear.
  void resize(std::size_t size) {
    if (size > capacity_)
      grow(size);
    size_ = size;
  }
  void reserve(std::size_t capacity) {
    if (capacity > capacity_)
      grow(capacity);
  }
  void append(const void* bytes, std::size_t count);

private:
  void grow(std::size_t at_least);

  struct release {
    void operator()(std::uint8_t* bytes) const noexcept;
  };
  std::unique_ptr<std::uint8_t, release> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace lepton::core
