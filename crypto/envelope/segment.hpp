#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/header.hpp"
#include "crypto/primitives/aead.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace lepton::crypto {

/// The cipher of a suite.
const aead& cipher_of(core::seal_suite suite) noexcept;

/// What all parties of a stream agree on, beside the key.
struct stream_identity {
  std::string_view tenant;
  std::string_view pipeline;
  std::string_view schema;
};

/// Keys of one segment: the envelopes of one sealer under one salt. Derived from the key of the
/// stream, the salt and the stream's identity; the commitment shows that a reader has the same.
class segment_keys {
public:
  /// `key` has 32 bytes.
  segment_keys(std::span<const std::uint8_t> key, core::seal_suite suite, const segment_salt& salt,
               const stream_identity& stream);

  const key_commitment& commitment() const noexcept { return commitment_; }
  const std::uint8_t* key() const noexcept { return derived_.data(); }
  /// Base nonce XOR `sequence` (in its last 8 bytes, little-endian); at most 32 bytes.
  std::array<std::uint8_t, 32> nonce(std::uint64_t sequence) const noexcept;

private:
  secret derived_; ///< 32 bytes of key, then the base nonce
  key_commitment commitment_{};
  std::size_t nonce_size_;
};

} // namespace lepton::crypto
