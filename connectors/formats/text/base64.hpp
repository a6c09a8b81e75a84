#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// Decodes the standard alphabet of RFC 4648 with its padding, strictly: no spaces, no other
/// alphabet, no bits left over. Writes to `to`, which has room for 3 bytes for each 4 of `text`.
/// Returns the number of bytes, or -1.
std::ptrdiff_t decode_base64(std::string_view text, char* to) noexcept;

void append_base64(std::string_view bytes, std::string& to);

} // namespace lepton::connectors
