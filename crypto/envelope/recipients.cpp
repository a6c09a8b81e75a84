#include "crypto/envelope/recipients.hpp"

#include "crypto/primitives/aead.hpp"
#include "crypto/primitives/x25519.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using bytes = std::span<const std::uint8_t>;
using public_key = std::span<const std::uint8_t, 32>;

static_assert(wrapped_size == 32 + key_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);

/// A key is used once, so the nonce may be fixed.
constexpr std::array<std::uint8_t, 24> only_nonce{};

void append(std::string& out, bytes more) {
  out.append(reinterpret_cast<const char*>(more.data()), more.size());
}

/// The key that wraps one data key for one recipient: bound to both ends, the sender and the salt.
secret wrapping_key(const secret& shared, public_key ephemeral, public_key recipient,
                    public_key sender, const segment_salt& salt) {
  std::string input;
  append(input, ephemeral);
  append(input, recipient);
  append(input, sender);
  append(input, salt);
  static constexpr std::array<std::uint8_t, crypto_generichash_blake2b_SALTBYTES> no_salt{};
  secret out{key_size};
  crypto_generichash_blake2b_salt_personal(
      out.data(), out.size(), reinterpret_cast<const std::uint8_t*>(input.data()), input.size(),
      shared.data(), shared.size(), no_salt.data(),
      reinterpret_cast<const std::uint8_t*>("lepton-lpe1-wrap"));
  return out;
}

std::optional<secret> agree(bytes own, public_key peer) {
  secret shared{32};
  if (!x25519(own.first<32>(), peer, std::span<std::uint8_t, 32>{shared.data(), 32}))
    return std::nullopt;
  return shared;
}

bool wrap(const public_identity& recipient, const segment_salt& salt, public_key sender,
          bytes data_key, const random_source& random, std::string& out) {
  secret ephemeral{32};
  random({ephemeral.data(), ephemeral.size()});
  const auto shown = x25519_public(ephemeral.bytes().first<32>());
  const auto shared = agree(ephemeral.bytes(), recipient.box_public);
  if (!shared)
    return false;
  const auto key = wrapping_key(*shared, shown, recipient.box_public, sender, salt);
  std::array<std::uint8_t, wrapped_size - 32> wrapped;
  aead_xchacha20().seal(data_key, {}, only_nonce, key.bytes(), wrapped.data());
  append(out, tag_of(recipient.box_public));
  append(out, shown);
  append(out, wrapped);
  return true;
}

} // namespace

key_id tag_of(bytes public_key) {
  start_sodium();
  key_id out;
  crypto_generichash(out.data(), out.size(), public_key.data(), public_key.size(), nullptr, 0);
  return out;
}

std::optional<std::string> wrap_for(std::span<const public_identity> recipients,
                                    core::seal_suite cipher, const segment_salt& salt,
                                    public_key sender_public, bytes data_key,
                                    const random_source& random) {
  std::string out;
  out += static_cast<char>(cipher);
  out += static_cast<char>(recipients.size());
  out += static_cast<char>(wrapped_size);
  out += '\0';
  append(out, sender_public);
  for (const auto& recipient : recipients)
    if (!wrap(recipient, salt, sender_public, data_key, random, out))
      return std::nullopt;
  return out;
}

std::optional<recipient_list> read_recipients(std::string_view part) noexcept {
  if (part.size() < recipients_size(1))
    return std::nullopt;
  const bytes all{reinterpret_cast<const std::uint8_t*>(part.data()), part.size()};
  const auto cipher = static_cast<core::seal_suite>(all[0]);
  const std::size_t count = all[1];
  if (count == 0 || count > max_recipients || all[2] != wrapped_size || all[3] != 0 ||
      all.size() != recipients_size(count))
    return std::nullopt;
  if (cipher != core::seal_suite::xchacha20_poly1305 && cipher != core::seal_suite::aegis_256)
    return std::nullopt;
  return recipient_list{cipher, all.subspan<4, 32>(), all.subspan(36)};
}

std::optional<secret> unwrap(const recipient_list& list, const segment_salt& salt,
                             const identity& own) {
  const auto tag = tag_of(own.box_public);
  for (auto rest = list.entries; !rest.empty(); rest = rest.subspan(recipient_entry)) {
    if (!std::equal(tag.begin(), tag.end(), rest.begin()))
      continue;
    const auto ephemeral = rest.subspan<sizeof(key_id), 32>();
    const auto shared = agree(own.box_secret.bytes(), ephemeral);
    if (!shared)
      return std::nullopt;
    const auto key = wrapping_key(*shared, ephemeral, own.box_public, list.sender, salt);
    secret data_key{key_size};
    const auto wrapped = rest.subspan(sizeof(key_id) + 32, wrapped_size - 32);
    if (!aead_xchacha20().open(wrapped, {}, only_nonce, key.bytes(), data_key.data()))
      return std::nullopt;
    return data_key;
  }
  return std::nullopt;
}

std::string signed_text(bytes associated, bytes sealed) {
  const std::uint64_t size = associated.size();
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, 64);
  crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(&size), sizeof size);
  crypto_generichash_update(&state, associated.data(), associated.size());
  crypto_generichash_update(&state, sealed.data(), sealed.size());
  std::array<std::uint8_t, 64> hash;
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::string out = "lepton-lpe1-sign";
  append(out, hash);
  return out;
}

} // namespace lepton::crypto
