#include "crypto/envelope/segment.hpp"

#include "crypto/envelope/context.hpp"

#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using personal = std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES>;

constexpr personal for_keys{'l', 'e', 'p', 't', 'o', 'n', '-', 'l',
                            'p', 'e', '1', '-', 'e', 'n', 'c', 0};
constexpr personal for_commitment{'l', 'e', 'p', 't', 'o', 'n', '-', 'l',
                                  'p', 'e', '1', '-', 'k', 'e', 'y', 0};
constexpr std::array<std::uint8_t, crypto_generichash_blake2b_SALTBYTES> no_salt{};

void derive(std::span<const std::uint8_t> key, const std::string& input, const personal& purpose,
            std::uint8_t* out, std::size_t size) {
  crypto_generichash_blake2b_salt_personal(
      out, size, reinterpret_cast<const unsigned char*>(input.data()), input.size(), key.data(),
      key.size(), no_salt.data(), purpose.data());
}

} // namespace

const aead& cipher_of(core::seal_suite suite) noexcept {
  return suite == core::seal_suite::aegis_256 ? aegis_256() : xchacha20_poly1305();
}

segment_keys::segment_keys(std::span<const std::uint8_t> key, core::seal_suite suite,
                           const segment_salt& salt, const stream_identity& stream)
    : nonce_size_{cipher_of(suite).nonce_size} {
  derived_ = secret{key_size + nonce_size_};
  std::string input;
  append_part(input, "LPE1");
  input += static_cast<char>(suite);
  append_part(input, stream.tenant);
  append_part(input, stream.pipeline);
  append_part(input, stream.schema);
  input.append(reinterpret_cast<const char*>(salt.data()), salt.size());
  derive(key, input, for_keys, derived_.data(), derived_.size());
  derive(key, input, for_commitment, commitment_.data(), commitment_.size());
}

std::array<std::uint8_t, 32> segment_keys::nonce(std::uint64_t sequence) const noexcept {
  std::array<std::uint8_t, 32> out{};
  std::memcpy(out.data(), derived_.data() + key_size, nonce_size_);
  std::uint64_t last;
  auto* const place = out.data() + nonce_size_ - sizeof last;
  std::memcpy(&last, place, sizeof last);
  last ^= sequence;
  std::memcpy(place, &last, sizeof last);
  return out;
}

} // namespace lepton::crypto
