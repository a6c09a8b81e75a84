#include "crypto/primitives/x25519.hpp"

#include "crypto/secret.hpp"

#include <sodium.h>

namespace lepton::crypto {

std::array<std::uint8_t, 32> x25519_public(std::span<const std::uint8_t, 32> secret_key) noexcept {
  start_sodium();
  std::array<std::uint8_t, 32> out{};
  crypto_scalarmult_base(out.data(), secret_key.data());
  return out;
}

bool x25519(std::span<const std::uint8_t, 32> secret_key,
            std::span<const std::uint8_t, 32> peer_public,
            std::span<std::uint8_t, 32> shared) noexcept {
  start_sodium();
  if (crypto_scalarmult(shared.data(), secret_key.data(), peer_public.data()) == 0)
    return true;
  sodium_memzero(shared.data(), shared.size());
  return false;
}

} // namespace lepton::crypto
