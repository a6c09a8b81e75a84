#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// Base64url without padding (RFC 4648).
std::string base64url(std::span<const std::uint8_t> bytes);
/// The one text for each value: padding, line ends and bits left over at the end are refused.
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

/// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

/// 32 bytes as the 40 characters that ZeroMQ writes a CURVE key in (RFC 32/Z85).
std::optional<std::array<std::uint8_t, 32>> from_z85_key(std::string_view text);

/// The bytes of a text, as they lie in memory.
inline std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace lepton::crypto
