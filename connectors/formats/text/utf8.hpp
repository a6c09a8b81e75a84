#pragma once

#include <cstdint>
#include <string_view>

namespace lepton::connectors {

/// Length of the well-formed UTF-8 sequence at p (1..4), 0 if there is none: no overlong forms, no
/// surrogates, nothing above U+10FFFF (Unicode 15, table 3-7). Reads no further than the first byte
/// that does not fit, so a zero byte after the text is enough to stop it.
inline int utf8_sequence(const char* p) noexcept {
  const auto byte = [p](int i) { return static_cast<std::uint8_t>(p[i]); };
  const auto continues = [&](int i) { return (byte(i) & 0xc0) == 0x80; };
  const auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead < 0xc2 || lead > 0xf4 || !continues(1))
    return 0;
  if (lead < 0xe0)
    return 2;
  if (lead < 0xf0) {
    const bool good = lead == 0xe0 ? byte(1) >= 0xa0 : lead == 0xed ? byte(1) < 0xa0 : true;
    return good && continues(2) ? 3 : 0;
  }
  const bool good = lead == 0xf0 ? byte(1) >= 0x90 : lead == 0xf4 ? byte(1) < 0x90 : true;
  return good && continues(2) && continues(3) ? 4 : 0;
}

/// Writes the UTF-8 of a code point (not a surrogate, at most U+10FFFF); returns its length.
int encode_utf8(std::uint32_t code, char* to) noexcept;

/// Any text, not padded.
bool is_utf8(std::string_view text) noexcept;

} // namespace lepton::connectors
