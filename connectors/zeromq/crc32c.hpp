#pragma once

#include <cstdint>
#include <string_view>

namespace lepton::connectors {

/// CRC-32C (Castagnoli) of `bytes`, as in RFC 3720, appendix B.4. `before` is the checksum of what
/// comes in front of them. Uses the CPU's instruction where it has one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

} // namespace lepton::connectors
