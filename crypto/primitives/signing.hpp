#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lepton::crypto {

using signature = std::array<std::uint8_t, 64>;

/// Ed25519 (RFC 8032). `secret_key` has 64 bytes, as libsodium keeps them: seed, then public key.
signature sign(std::span<const std::uint8_t> message, const std::uint8_t* secret_key) noexcept;
bool verify(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature,
            std::span<const std::uint8_t> public_key) noexcept;

/// X25519 (RFC 7748). False, and `shared` is wiped, if the result is all zero: the peer's point has
/// low order.
bool x25519(const std::uint8_t* secret_key, const std::uint8_t* peer_public,
            std::array<std::uint8_t, 32>& shared) noexcept;

} // namespace lepton::crypto
