#include "crypto/envelope/segment.hpp"

#include "core/assert.hpp"

#include <string>

#include <sodium.h>

namespace lepton::crypto {

namespace {

/// BLAKE2b keyed with `key`; `purpose` has 16 characters.
void derive(std::span<const std::uint8_t> key, std::string_view input, std::string_view purpose,
            std::uint8_t* out, std::size_t size) {
  static constexpr std::array<std::uint8_t, crypto_generichash_blake2b_SALTBYTES> no_salt{};
  LEPTON_ASSERT(purpose.size() == crypto_generichash_blake2b_PERSONALBYTES);
  const int failed = crypto_generichash_blake2b_salt_personal(
      out, size, reinterpret_cast<const std::uint8_t*>(input.data()), input.size(), key.data(),
      key.size(), no_salt.data(), reinterpret_cast<const std::uint8_t*>(purpose.data()));
  LEPTON_ASSERT(failed == 0);
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

const aead* cipher_of(core::seal_suite suite) noexcept {
  switch (suite) {
    case core::seal_suite::xchacha20_poly1305: return &aead_xchacha20();
    case core::seal_suite::aegis_256: return &aead_aegis256();
    default: return nullptr;
  }
}

segment_keys::segment_keys(std::span<const std::uint8_t> key, const segment_origin& origin,
                           const stream_identity& stream)
    : cipher_{cipher_of(origin.cipher)} {
  LEPTON_ASSERT(cipher_ && key.size() == key_size);
  std::string input;
  append_part(input, "LPE1");
  input += static_cast<char>(origin.suite);
  input += static_cast<char>(origin.cipher);
  append_part(input, stream.tenant);
  append_part(input, stream.pipeline);
  append_part(input, stream.schema);
  append_part(input, text_of(origin.sender));
  input += text_of(origin.salt);
  derived_ = secret{key_size + cipher_->nonce_size};
  derive(key, input, "lepton-lpe1-keys", derived_.data(), derived_.size());
  derive(key, input, "lepton-lpe1-comm", commitment_.data(), commitment_.size());
}

} // namespace lepton::crypto
