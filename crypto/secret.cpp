#include "crypto/secret.hpp"

#include "core/assert.hpp"
#include "crypto/secret_slab.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <utility>

#include <sodium.h>

namespace lepton::crypto {

void start_sodium() {
  static const int started = sodium_init();
  LEPTON_ASSERT(started >= 0);
}

bool secrets_are_locked() noexcept {
  return secret_memory::instance().locked();
}

core::result<void> require_locked_memory() {
  secret_memory::instance().touch();
  if (secrets_are_locked())
    return {};
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  return core::error{
      core::errc::permission,
      fmt::format("the memory of keys cannot be locked, so it could be written to swap: the limit "
                  "RLIMIT_MEMLOCK is {} KiB; raise it to 1024 KiB or more (`ulimit -l`, "
                  "LimitMEMLOCK= of the systemd unit, --ulimit memlock= of the container), or "
                  "switch strict mode off",
                  limit.rlim_cur / 1024)};
}

void harden_process() noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void wipe(std::span<std::uint8_t> bytes) noexcept {
  sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) noexcept {
  // Up to the capacity: a text that was shortened keeps its old end there.
  text.resize(text.capacity());
  sodium_memzero(text.data(), text.size());
  text.clear();
}

void wipe_stack() noexcept {
  sodium_stackzero(2048);
}

secret::secret(std::size_t size) : data_{secret_memory::instance().allocate(size)}, size_{size} {}

secret secret::of(std::span<const std::uint8_t> bytes) {
  secret out{bytes.size()};
  std::memcpy(out.data_, bytes.data(), bytes.size());
  return out;
}

secret::secret(secret&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

secret& secret::operator=(secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

secret::~secret() {
  if (data_)
    secret_memory::instance().release(data_, size_);
}

} // namespace lepton::crypto
