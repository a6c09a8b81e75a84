#include "crypto/envelope/recipients.hpp"

#include <algorithm>
#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr std::string_view prefix = "lepton-id-1:";
constexpr std::size_t wrapped_size = key_size + crypto_box_SEALBYTES;
static_assert(recipient_entry == 16 + wrapped_size);
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

} // namespace

std::string to_text(const public_identity& identity) {
  start_sodium();
  std::array<std::uint8_t, 64> both;
  std::copy(identity.sign_public.begin(), identity.sign_public.end(), both.begin());
  std::copy(identity.box_public.begin(), identity.box_public.end(), both.begin() + 32);
  std::string text(sodium_base64_encoded_len(both.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), both.data(), both.size(), base64);
  text.pop_back(); // the terminating zero
  return std::string{prefix} + text;
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

key_id tag_of(std::span<const std::uint8_t> public_key) {
  start_sodium();
  key_id out;
  crypto_generichash(out.data(), out.size(), public_key.data(), public_key.size(), nullptr, 0);
  return out;
}

std::string wrap_for(std::span<const public_identity> recipients,
                     std::span<const std::uint8_t> sender_public,
                     std::span<const std::uint8_t> data_key) {
  std::string out(1, static_cast<char>(recipients.size()));
  out.append(reinterpret_cast<const char*>(sender_public.data()), sender_public.size());
  for (const auto& recipient : recipients) {
    const auto tag = tag_of(recipient.box_public);
    out.append(reinterpret_cast<const char*>(tag.data()), tag.size());
    std::array<std::uint8_t, wrapped_size> wrapped;
    crypto_box_seal(wrapped.data(), data_key.data(), data_key.size(), recipient.box_public.data());
    out.append(reinterpret_cast<const char*>(wrapped.data()), wrapped.size());
  }
  return out;
}

std::optional<recipient_list> read_recipients(std::string_view part) noexcept {
  if (part.size() < recipients_size(1))
    return std::nullopt;
  const auto count = static_cast<std::uint8_t>(part.front());
  if (count == 0 || count > max_recipients || part.size() != recipients_size(count))
    return std::nullopt;
  return recipient_list{{bytes_of(part) + 1, 32}, {bytes_of(part) + 33, part.size() - 33}};
}

std::optional<secret> unwrap(const recipient_list& list, const identity& own) {
  const auto tag = tag_of(own.box_public);
  for (auto rest = list.entries; !rest.empty(); rest = rest.subspan(recipient_entry)) {
    if (std::memcmp(rest.data(), tag.data(), tag.size()) != 0)
      continue;
    secret key{key_size};
    if (crypto_box_seal_open(key.data(), rest.data() + tag.size(), wrapped_size,
                             own.box_public.data(), own.box_secret.data()) == 0)
      return key;
  }
  return std::nullopt;
}

std::string signed_text(std::string_view envelope_without_signature) {
  std::array<std::uint8_t, 64> hash;
  crypto_generichash(hash.data(), hash.size(), bytes_of(envelope_without_signature),
                     envelope_without_signature.size(), nullptr, 0);
  std::string out = "lepton-lpe1-signature";
  out.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  return out;
}

} // namespace lepton::crypto
