#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lepton::crypto {

/// Bytes that must not leak: in memory that is locked, left out of core dumps, and wiped at the
/// end. Movable, not copyable. Never printed, never sent in a message.
class secret {
public:
  secret() = default;
  /// `size` zero bytes, 1 to 4096.
  explicit secret(std::size_t size);
  static secret of(std::span<const std::uint8_t> bytes);
  secret(secret&& other) noexcept;
  secret& operator=(secret&& other) noexcept;
  ~secret();

  std::uint8_t* data() noexcept { return data_; }
  const std::uint8_t* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::uint8_t> bytes() const noexcept { return {data_, size_}; }

private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Whether the operating system let us lock the memory of secrets so far (RLIMIT_MEMLOCK).
bool secrets_are_locked() noexcept;

/// Starts libsodium; the first call in a process counts, every later one is free.
void start_sodium();

} // namespace lepton::crypto
