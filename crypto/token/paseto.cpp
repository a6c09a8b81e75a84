#include "crypto/token/paseto.hpp"

#include "crypto/token/text_codec.hpp"

namespace lepton::crypto {

namespace {

constexpr std::string_view header = "v4.public.";
constexpr std::size_t signature_size = std::tuple_size_v<signature>;

/// 64 bits, little-endian, the highest bit always 0.
void append_le64(std::string& out, std::uint64_t value) {
  value &= ~(std::uint64_t{1} << 63);
  for (int i = 0; i < 8; ++i)
    out += static_cast<char>(value >> (8 * i));
}

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

} // namespace

std::string pae(std::initializer_list<std::string_view> parts) {
  std::string out;
  append_le64(out, parts.size());
  for (const auto part : parts) {
    append_le64(out, part.size());
    out += part;
  }
  return out;
}

std::string sign_v4_public(const signing_key& key, std::string_view payload,
                           std::string_view footer, std::string_view implicit) {
  const auto sig = sign(key, bytes_of(pae({header, payload, footer, implicit})));
  std::string message{payload};
  message.append(sig.begin(), sig.end());
  auto out = std::string{header} + base64url(bytes_of(message));
  if (!footer.empty())
    out += "." + base64url(bytes_of(footer));
  return out;
}

std::optional<unverified_token> take_apart_v4_public(std::string_view token) {
  if (token.size() > max_token_size || !token.starts_with(header))
    return std::nullopt;
  token.remove_prefix(header.size());
  const auto dot = token.find('.');
  const auto message = from_base64url(token.substr(0, dot));
  if (!message || message->size() < signature_size)
    return std::nullopt;
  unverified_token out{text_of(*message), {}};
  if (dot == std::string_view::npos)
    return out;
  const auto footer = from_base64url(token.substr(dot + 1));
  if (!footer || footer->empty())
    return std::nullopt;
  out.footer = text_of(*footer);
  return out;
}

std::optional<std::string> verify_v4_public(const unverified_token& token, const verify_key& key,
                                            std::string_view implicit) {
  const auto size = token.message.size() - signature_size;
  const std::string_view payload{token.message.data(), size};
  const auto sig = bytes_of(token.message).subspan(size);
  if (!verifies(key, bytes_of(pae({header, payload, token.footer, implicit})), sig))
    return std::nullopt;
  return std::string{payload};
}

} // namespace lepton::crypto
