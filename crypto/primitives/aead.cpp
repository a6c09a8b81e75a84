#include "crypto/primitives/aead.hpp"

#include "crypto/secret.hpp"

#include <sodium.h>

namespace lepton::crypto {

namespace {

using bytes = aead::bytes;
using encrypt = decltype(&crypto_aead_aegis256_encrypt);
using decrypt = decltype(&crypto_aead_aegis256_decrypt);

constexpr std::size_t key_bytes = 32;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == key_bytes);
static_assert(crypto_aead_aegis256_KEYBYTES == key_bytes);

template <encrypt Encrypt, std::size_t Nonce>
bool seal(bytes plain, bytes associated, bytes nonce, bytes key, std::uint8_t* out) noexcept {
  return nonce.size() == Nonce && key.size() == key_bytes &&
         Encrypt(out, nullptr, plain.data(), plain.size(), associated.data(), associated.size(),
                 nullptr, nonce.data(), key.data()) == 0;
}

template <decrypt Decrypt, std::size_t Nonce, std::size_t Tag>
bool open(bytes sealed, bytes associated, bytes nonce, bytes key, std::uint8_t* out) noexcept {
  if (nonce.size() != Nonce || key.size() != key_bytes || sealed.size() < Tag)
    return false;
  if (Decrypt(out, nullptr, nullptr, sealed.data(), sealed.size(), associated.data(),
              associated.size(), nonce.data(), key.data()) == 0)
    return true;
  // The library promises no particular content here.
  if (sealed.size() > Tag)
    sodium_memzero(out, sealed.size() - Tag);
  return false;
}

template <encrypt Encrypt, decrypt Decrypt, std::size_t Nonce, std::size_t Tag>
constexpr aead cipher() noexcept {
  return {Nonce, Tag, seal<Encrypt, Nonce>, open<Decrypt, Nonce, Tag>};
}

constexpr aead xchacha20 =
    cipher<crypto_aead_xchacha20poly1305_ietf_encrypt, crypto_aead_xchacha20poly1305_ietf_decrypt,
           crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
           crypto_aead_xchacha20poly1305_ietf_ABYTES>();
constexpr aead aegis256 = cipher<crypto_aead_aegis256_encrypt, crypto_aead_aegis256_decrypt,
                                 crypto_aead_aegis256_NPUBBYTES, crypto_aead_aegis256_ABYTES>();

} // namespace

const aead& aead_xchacha20() noexcept {
  start_sodium();
  return xchacha20;
}

const aead& aead_aegis256() noexcept {
  start_sodium();
  return aegis256;
}

bool has_fast_aes() noexcept {
  start_sodium();
  return sodium_runtime_has_aesni() != 0 || sodium_runtime_has_armcrypto() != 0;
}

} // namespace lepton::crypto
