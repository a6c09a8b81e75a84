#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/header.hpp"
#include "crypto/primitives/aead.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace lepton::crypto {

/// The cipher of suite xchacha20_poly1305 or aegis_256; null for others.
const aead* cipher_of(core::seal_suite suite) noexcept;

/// What the keys of one segment are derived from, beside the key of the stream.
struct segment_origin {
  core::seal_suite suite = core::seal_suite::aegis_256;
  core::seal_suite cipher = core::seal_suite::aegis_256; ///< of the body; `suite` but in suite 2
  segment_salt salt{};
  std::span<const std::uint8_t> sender; ///< suite 2: its Ed25519 public key
};

/// Keys of one segment: the envelopes of one sealer under one salt. The commitment shows that a
/// reader derived the same ones.
class segment_keys {
public:
  /// `key` has 32 bytes.
  segment_keys(std::span<const std::uint8_t> key, const segment_origin& origin,
               const stream_identity& stream);

  const key_commitment& commitment() const noexcept { return commitment_; }
  std::span<const std::uint8_t> key() const noexcept { return {derived_.data(), key_size}; }
  const aead& cipher() const noexcept { return *cipher_; }

  /// The nonce of an envelope in `buffer`: base nonce XOR `sequence`, little-endian, in its last
  /// 8 bytes.
  std::span<const std::uint8_t> nonce(std::uint64_t sequence,
                                      std::array<std::uint8_t, 32>& buffer) const noexcept {
    const auto size = cipher_->nonce_size;
    std::memcpy(buffer.data(), derived_.data() + key_size, size);
    std::uint64_t last;
    std::memcpy(&last, buffer.data() + size - sizeof last, sizeof last);
    last ^= sequence;
    std::memcpy(buffer.data() + size - sizeof last, &last, sizeof last);
    return {buffer.data(), size};
  }

private:
  static constexpr std::size_t key_size = 32;
  const aead* cipher_;
  secret derived_; ///< 32 bytes of key, then the base nonce
  key_commitment commitment_{};
};

} // namespace lepton::crypto
