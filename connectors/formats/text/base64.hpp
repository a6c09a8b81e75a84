#pragma once

#include <cstddef>
#include <string_view>

namespace lepton::connectors {

/// Decodes the standard alphabet of RFC 4648 with its padding, strictly: no spaces, no other
/// alphabet, no bits left over. Writes to `to`, which has room for 3 bytes for each 4 of `text`.
/// Returns the number of bytes, or -1.
std::ptrdiff_t decode_base64(std::string_view text, char* to) noexcept;

/// Bytes that `encode_base64` writes.
constexpr std::size_t base64_size(std::size_t bytes) noexcept {
  return (bytes + 2) / 3 * 4;
}

/// Encodes with padding. Returns the end.
char* encode_base64(std::string_view bytes, char* to) noexcept;

} // namespace lepton::connectors
