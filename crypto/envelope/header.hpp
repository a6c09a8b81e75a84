#pragma once

#include "core/sealing.hpp"
#include "crypto/key_source.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lepton::crypto {

/// docs/formats/envelope.md describes every byte.
constexpr std::size_t header_size = 96;
constexpr std::size_t max_plaintext = 16 << 20;

namespace envelope_flag {
constexpr std::uint8_t batch = 1;
constexpr std::uint8_t compressed = 2;
constexpr std::uint8_t partition_bound = 4;
constexpr std::uint8_t known = 7;
} // namespace envelope_flag

using segment_salt = std::array<std::uint8_t, 24>;
using key_commitment = std::array<std::uint8_t, 32>;

/// The fixed part of an envelope.
struct envelope_header {
  core::seal_suite suite = core::seal_suite::aegis_256;
  std::uint8_t flags = 0;
  std::uint16_t size = header_size; ///< with the part for recipients
  key_id key{};
  segment_salt salt{};
  key_commitment commitment{};
  std::uint64_t sequence = 0;
  std::uint32_t records = 1;
  std::uint32_t plain_size = 0; ///< after decompression
};

/// Writes the 96 bytes of `header` to `out`.
void write_header(const envelope_header& header, std::uint8_t* out) noexcept;

/// Reads them and checks what can be checked without a key. Empty if these are no envelope of a
/// suite and with flags that are known.
std::optional<envelope_header> read_header(std::string_view envelope) noexcept;

} // namespace lepton::crypto
