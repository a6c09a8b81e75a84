#include "crypto/primitives/signing.hpp"

#include "crypto/secret.hpp"

#include <sodium.h>

namespace lepton::crypto {

signature sign(std::span<const std::uint8_t> message,
               std::span<const std::uint8_t, 64> secret_key) noexcept {
  start_sodium();
  signature out;
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), secret_key.data());
  return out;
}

bool verify(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature,
            std::span<const std::uint8_t> public_key) noexcept {
  start_sodium();
  return signature.size() == signature_size && public_key.size() == crypto_sign_PUBLICKEYBYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

} // namespace lepton::crypto
