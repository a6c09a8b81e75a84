#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lepton::crypto {

/// Bytes that must not leak: in memory that is locked, left out of core dumps and of forked
/// children, and wiped at the end. Movable, not copyable. Never printed, never sent in a message.
/// A write beyond the end is found when the secret dies, and ends the process.
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

/// For strict mode: fails (permission) if the memory of secrets cannot be locked now or could not
/// be before, and says which limit to raise.
core::result<void> require_locked_memory();

/// Leaves no way for the bytes of this process to get out through the system: no core dump
/// (RLIMIT_CORE 0), and no reading by other processes of the same user (not dumpable, so not
/// traceable). Call it before the first secret is read. Debuggers cannot attach afterwards.
void harden_process() noexcept;

/// Overwrites `bytes` in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> bytes) noexcept;
void wipe(std::string& text) noexcept;

/// Overwrites the stack below the caller, where a hash or cipher just left a copy of its key.
void wipe_stack() noexcept;

/// Starts libsodium; the first call in a process counts, every later one is free.
void start_sodium();

} // namespace lepton::crypto
