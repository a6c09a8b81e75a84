#include "crypto/envelope/identity_text.hpp"

#include <algorithm>

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr std::string_view prefix = "lepton-id-1:";
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

} // namespace

std::string to_text(const public_identity& identity) {
  start_sodium();
  std::array<std::uint8_t, 64> both;
  std::copy(identity.sign_public.begin(), identity.sign_public.end(), both.begin());
  std::copy(identity.box_public.begin(), identity.box_public.end(), both.begin() + 32);
  std::array<char, sodium_base64_ENCODED_LEN(64, base64)> text;
  sodium_bin2base64(text.data(), text.size(), both.data(), both.size(), base64);
  return std::string{prefix} + text.data();
}

core::result<public_identity> parse_identity(std::string_view text) {
  start_sodium();
  const core::error bad{core::errc::malformed,
                        "this is no identity; `lepton keys export-recipient` prints one"};
  if (!text.starts_with(prefix))
    return bad;
  text.remove_prefix(prefix.size());
  std::array<std::uint8_t, 64> both;
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(both.data(), both.size(), text.data(), text.size(), nullptr,
                                       &size, &end, base64);
  if (failed != 0 || size != both.size() || end != text.data() + text.size())
    return bad;
  public_identity out;
  std::copy_n(both.begin(), 32, out.sign_public.begin());
  std::copy_n(both.begin() + 32, 32, out.box_public.begin());
  return out;
}

} // namespace lepton::crypto
