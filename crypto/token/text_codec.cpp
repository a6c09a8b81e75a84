#include "crypto/token/text_codec.hpp"

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

} // namespace

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
  out.pop_back(); // the zero at the end
  return out;
}

std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
  std::vector<std::uint8_t> out(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        variant) != 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos || text.size() % 2 != 0)
    return std::nullopt;
  std::vector<std::uint8_t> out(text.size() / 2);
  std::size_t size = 0;
  sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr);
  return out;
}

std::optional<std::array<std::uint8_t, 32>> from_z85_key(std::string_view text) {
  constexpr std::string_view digits =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      ".-:+=^!/*?&<>()[]{}@%$#";
  std::array<std::uint8_t, 32> out{};
  if (text.size() != 40)
    return std::nullopt;
  for (std::size_t group = 0; group < 8; ++group) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const auto digit = digits.find(text[group * 5 + i]);
      if (digit == std::string_view::npos)
        return std::nullopt;
      value = value * 85 + digit;
    }
    if (value >> 32 != 0)
      return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i)
      out[group * 4 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
  return out;
}

} // namespace lepton::crypto
