#include "crypto/primitives/aead.hpp"

#include "crypto/secret.hpp"

#include <sodium.h>

namespace lepton::crypto {

namespace {

using bytes = std::span<const std::uint8_t>;

void seal_xchacha(bytes plain, bytes associated, const std::uint8_t* nonce, const std::uint8_t* key,
                  std::uint8_t* out) {
  crypto_aead_xchacha20poly1305_ietf_encrypt(out, nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr, nonce,
                                             key);
}

bool open_xchacha(bytes sealed, bytes associated, const std::uint8_t* nonce,
                  const std::uint8_t* key, std::uint8_t* out) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt(out, nullptr, nullptr, sealed.data(),
                                                    sealed.size(), associated.data(),
                                                    associated.size(), nonce, key) == 0;
}

void seal_aegis(bytes plain, bytes associated, const std::uint8_t* nonce, const std::uint8_t* key,
                std::uint8_t* out) {
  crypto_aead_aegis256_encrypt(out, nullptr, plain.data(), plain.size(), associated.data(),
                               associated.size(), nullptr, nonce, key);
}

bool open_aegis(bytes sealed, bytes associated, const std::uint8_t* nonce, const std::uint8_t* key,
                std::uint8_t* out) {
  return crypto_aead_aegis256_decrypt(out, nullptr, nullptr, sealed.data(), sealed.size(),
                                      associated.data(), associated.size(), nonce, key) == 0;
}

/// Short inputs are refused here, and a failure leaves nothing of the plaintext behind.
template <auto Open, std::size_t Tag>
bool open_whole(bytes sealed, bytes associated, const std::uint8_t* nonce, const std::uint8_t* key,
                std::uint8_t* out) {
  if (sealed.size() < Tag)
    return false;
  if (Open(sealed, associated, nonce, key, out))
    return true;
  if (sealed.size() > Tag)
    sodium_memzero(out, sealed.size() - Tag);
  return false;
}

constexpr std::size_t xchacha_tag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t aegis_tag = crypto_aead_aegis256_ABYTES;

} // namespace

const aead& xchacha20_poly1305() noexcept {
  static const aead cipher = [] {
    start_sodium();
    return aead{crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, xchacha_tag, seal_xchacha,
                open_whole<open_xchacha, xchacha_tag>};
  }();
  return cipher;
}

const aead& aegis_256() noexcept {
  static const aead cipher = [] {
    start_sodium();
    return aead{crypto_aead_aegis256_NPUBBYTES, aegis_tag, seal_aegis,
                open_whole<open_aegis, aegis_tag>};
  }();
  return cipher;
}

bool has_fast_aes() noexcept {
  start_sodium();
  return sodium_runtime_has_aesni() != 0 || sodium_runtime_has_armcrypto() != 0;
}

} // namespace lepton::crypto
