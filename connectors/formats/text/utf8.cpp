#include "connectors/formats/text/utf8.hpp"

#include <cstring>

namespace lepton::connectors {

namespace {

/// `utf8_sequence` for the end of a text that has no byte after it.
std::size_t last_sequence(std::string_view rest) noexcept {
  char padded[8] = {};
  std::memcpy(padded, rest.data(), rest.size());
  return static_cast<std::size_t>(utf8_sequence(padded));
}

} // namespace

int encode_utf8(std::uint32_t code, char* to) noexcept {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    to[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<char>(0xc0 | code >> 6);
    to[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<char>(0xe0 | code >> 12);
    to[1] = tail(6);
    to[2] = tail(0);
    return 3;
  }
  to[0] = static_cast<char>(0xf0 | code >> 18);
  to[1] = tail(12);
  to[2] = tail(6);
  to[3] = tail(0);
  return 4;
}

bool is_utf8(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t word = 0;
    if (i + 8 <= text.size() &&
        (std::memcpy(&word, text.data() + i, 8), (word & 0x8080808080808080ull) == 0)) {
      i += 8;
      continue;
    }
    const auto rest = text.substr(i);
    const auto size = rest.size() < 4 ? last_sequence(rest)
                                      : static_cast<std::size_t>(utf8_sequence(rest.data()));
    if (size == 0)
      return false;
    i += size;
  }
  return true;
}

} // namespace lepton::connectors
