#include "connectors/formats/text/base64.hpp"

#include <array>
#include <cstdint>

namespace lepton::connectors {

namespace {

constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 64; ++i)
    values[static_cast<unsigned char>(letters[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto values = make_values();

std::int32_t value_of(char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

/// Two or three letters, at the end.
std::ptrdiff_t decode_rest(std::string_view rest, char* to) noexcept {
  const auto a = value_of(rest[0]);
  const auto b = value_of(rest[1]);
  const auto c = rest.size() == 3 ? value_of(rest[2]) : 0;
  if ((a | b | c) < 0 || (rest.size() == 2 ? b & 15 : c & 3) != 0)
    return -1;
  to[0] = static_cast<char>(a << 2 | b >> 4);
  if (rest.size() == 3)
    to[1] = static_cast<char>(b << 4 | c >> 2);
  return static_cast<std::ptrdiff_t>(rest.size()) - 1;
}

} // namespace

std::ptrdiff_t decode_base64(std::string_view text, char* to) noexcept {
  if (text.size() % 4 != 0)
    return -1;
  if (text.ends_with('='))
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  std::ptrdiff_t size = 0;
  for (; text.size() >= 4; text.remove_prefix(4), size += 3) {
    const auto a = value_of(text[0]);
    const auto b = value_of(text[1]);
    const auto c = value_of(text[2]);
    const auto d = value_of(text[3]);
    if ((a | b | c | d) < 0)
      return -1;
    to[size] = static_cast<char>(a << 2 | b >> 4);
    to[size + 1] = static_cast<char>(b << 4 | c >> 2);
    to[size + 2] = static_cast<char>(c << 6 | d);
  }
  if (text.empty())
    return size;
  const auto rest = decode_rest(text, to + size);
  return rest < 0 ? -1 : size + rest;
}

char* encode_base64(std::string_view bytes, char* to) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) : 0;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t word = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    *to++ = letters[word >> 18];
    *to++ = letters[word >> 12 & 63];
    *to++ = i + 1 < bytes.size() ? letters[word >> 6 & 63] : '=';
    *to++ = i + 2 < bytes.size() ? letters[word & 63] : '=';
  }
  return to;
}

} // namespace lepton::connectors
