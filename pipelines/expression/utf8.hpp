#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lepton::pipelines::expr {

/// Code points of a UTF-8 text: its bytes that do not continue one. Any bytes are allowed.
inline std::int64_t count_code_points(std::string_view text) noexcept {
  std::int64_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

/// Byte at which code point `index` begins; the size of the text if `index` is their number, npos
/// if it is beyond.
inline std::size_t byte_of_code_point(std::string_view text, std::int64_t index) noexcept {
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80)
      continue;
    if (seen++ == index)
      return i;
  }
  return seen == index ? text.size() : std::string_view::npos;
}

} // namespace lepton::pipelines::expr
