#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace lepton::crypto {

constexpr std::size_t signature_size = 64;
using signature = std::array<std::uint8_t, signature_size>;

/// Ed25519 (RFC 8032). `secret_key` has 64 bytes, as libsodium keeps them: seed, then public key.
signature sign(std::span<const std::uint8_t> message,
               std::span<const std::uint8_t, 64> secret_key) noexcept;
/// False also for a signature or public key of another size.
bool verify(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature,
            std::span<const std::uint8_t> public_key) noexcept;

} // namespace lepton::crypto
