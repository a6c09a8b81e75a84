#include "crypto/secret.hpp"

#include "core/assert.hpp"

#include <atomic>
#include <cstring>
#include <new>
#include <utility>

#include <sodium.h>

namespace lepton::crypto {

namespace {

std::atomic<bool> all_locked{true};

} // namespace

void start_sodium() {
  static const int started = sodium_init();
  LEPTON_ASSERT(started >= 0);
}

bool secrets_are_locked() noexcept {
  return all_locked.load();
}

secret::secret(std::size_t size) : size_{size} {
  LEPTON_ASSERT(size > 0 && size <= 4096);
  start_sodium();
  data_ = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (!data_)
    throw std::bad_alloc{};
  if (sodium_mlock(data_, size) != 0)
    all_locked.store(false);
  std::memset(data_, 0, size);
}

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
    sodium_free(data_);
}

} // namespace lepton::crypto
