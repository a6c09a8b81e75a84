#include "connectors/formats/json/json_text.hpp"

#include "connectors/formats/json/json_blocks.hpp"
#include "connectors/formats/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace lepton::connectors {

namespace {

char short_escape(char c) noexcept {
  switch (c) {
    case '"':
    case '\\': return c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
  }
}

char* write_escape(char c, char* to) noexcept {
  *to++ = '\\';
  if (const char letter = short_escape(c)) {
    *to++ = letter;
    return to;
  }
  constexpr char digits[] = "0123456789abcdef";
  std::memcpy(to, "u00", 3);
  to[3] = digits[static_cast<unsigned char>(c) >> 4];
  to[4] = digits[c & 15];
  return to + 5;
}

} // namespace

char* write_json_text(std::string_view text, char* to) noexcept {
  namespace blocks = json_blocks::best;
  *to++ = '"';
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const auto left = static_cast<std::size_t>(end - p);
    blocks::copy(to, p);
    const auto stop = std::min<std::size_t>(
        json_blocks::first_bit(std::uint64_t{blocks::string_stops(p)} | 1u << 16), left);
    p += stop;
    to += stop;
    if (stop == 16 || p == end)
      continue;
    if (static_cast<unsigned char>(*p) < 0x80) {
      to = write_escape(*p++, to);
      continue;
    }
    const int size = utf8_sequence(p);
    if (size == 0 || size > end - p)
      return nullptr;
    std::memcpy(to, p, 4);
    p += size;
    to += size;
  }
  *to++ = '"';
  return to;
}

std::string json_quoted(std::string_view text) {
  const std::string padded = std::string{text} + std::string(16, '\0');
  std::string out(json_text_room(text.size()), '\0');
  const char* end = write_json_text({padded.data(), text.size()}, out.data());
  out.resize(end ? static_cast<std::size_t>(end - out.data()) : 0);
  return out;
}

} // namespace lepton::connectors
