#include "crypto/primitives/signing.hpp"

#include "crypto/secret.hpp"

#include <sodium.h>

namespace lepton::crypto {

signature sign(std::span<const std::uint8_t> message, const std::uint8_t* secret_key) noexcept {
  start_sodium();
  signature out;
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), secret_key);
  return out;
}

bool verify(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature,
            std::span<const std::uint8_t> public_key) noexcept {
  start_sodium();
  return signature.size() == crypto_sign_BYTES && public_key.size() == crypto_sign_PUBLICKEYBYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

bool x25519(const std::uint8_t* secret_key, const std::uint8_t* peer_public,
            std::array<std::uint8_t, 32>& shared) noexcept {
  start_sodium();
  if (crypto_scalarmult(shared.data(), secret_key, peer_public) == 0)
    return true;
  sodium_memzero(shared.data(), shared.size());
  return false;
}

} // namespace lepton::crypto
