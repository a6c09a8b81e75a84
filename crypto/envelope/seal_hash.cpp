#include "crypto/envelope/context.hpp"
#include "crypto/envelope/envelope.hpp"

#include <array>

#include <sodium.h>

namespace lepton::crypto {

std::string seal_hash(const key_version& key, std::string_view purpose, std::string_view value) {
  start_sodium();
  std::string prefix;
  append_part(prefix, purpose);
  static constexpr std::array<std::uint8_t, crypto_generichash_blake2b_SALTBYTES> no_salt{};
  crypto_generichash_blake2b_state state;
  crypto_generichash_blake2b_init_salt_personal(
      &state, key.bytes.data(), key.bytes.size(), crypto_generichash_blake2b_BYTES, no_salt.data(),
      reinterpret_cast<const std::uint8_t*>("lepton-lpe1-hash"));
  for (const auto part : {std::string_view{prefix}, value})
    crypto_generichash_blake2b_update(&state, reinterpret_cast<const std::uint8_t*>(part.data()),
                                      part.size());
  std::array<std::uint8_t, crypto_generichash_blake2b_BYTES> hash;
  crypto_generichash_blake2b_final(&state, hash.data(), hash.size());
  std::array<char, 33> text;
  sodium_bin2hex(text.data(), text.size(), hash.data(), 16);
  return {text.data(), 32};
}

} // namespace lepton::crypto
