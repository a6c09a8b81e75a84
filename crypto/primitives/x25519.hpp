#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace lepton::crypto {

/// The public key of `secret_key` (RFC 7748, base point 9).
std::array<std::uint8_t, 32> x25519_public(std::span<const std::uint8_t, 32> secret_key) noexcept;

/// RFC 7748. False, with `shared` wiped, if the result is all zero: the peer's point has low order.
/// The result is not uniform: hash it before it is a key.
bool x25519(std::span<const std::uint8_t, 32> secret_key,
            std::span<const std::uint8_t, 32> peer_public,
            std::span<std::uint8_t, 32> shared) noexcept;

} // namespace lepton::crypto
