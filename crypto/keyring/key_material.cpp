#include "crypto/keyring/key_material.hpp"

#include "core/assert.hpp"

#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr std::string_view id_domain = "lepton key id 1";

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

} // namespace

secret random_secret(std::size_t size) {
  secret out{size};
  randombytes_buf(out.data(), out.size());
  return out;
}

key_id id_of(std::span<const std::uint8_t> key) {
  key_id id;
  crypto_generichash(id.data(), id.size(), bytes_of(id_domain), id_domain.size(), key.data(),
                     key.size());
  wipe_stack();
  return id;
}

key_version_ptr make_key_version(std::string name, std::string tenant, secret bytes) {
  LEPTON_ASSERT(bytes.size() == key_size);
  auto out = std::make_shared<key_version>();
  out->id = id_of(bytes.bytes());
  out->name = std::move(name);
  out->tenant = std::move(tenant);
  out->bytes = std::move(bytes);
  return out;
}

identity_ptr make_identity() {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> sign_public;
  secret sign{crypto_sign_SECRETKEYBYTES};
  crypto_sign_keypair(sign_public.data(), sign.data());
  return identity_from(std::move(sign), random_secret(crypto_box_SECRETKEYBYTES));
}

identity_ptr identity_from(secret sign_secret, secret box_secret) {
  LEPTON_ASSERT(sign_secret.size() == crypto_sign_SECRETKEYBYTES &&
                box_secret.size() == crypto_box_SECRETKEYBYTES);
  auto out = std::make_shared<identity>();
  out->sign_secret = std::move(sign_secret);
  out->box_secret = std::move(box_secret);
  crypto_sign_ed25519_sk_to_pk(out->sign_public.data(), out->sign_secret.data());
  crypto_scalarmult_base(out->box_public.data(), out->box_secret.data());
  return out;
}

std::string public_text(const identity& own) {
  std::array<std::uint8_t, 64> both;
  std::memcpy(both.data(), own.sign_public.data(), 32);
  std::memcpy(both.data() + 32, own.box_public.data(), 32);
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  char text[sodium_base64_ENCODED_LEN(64, variant)];
  sodium_bin2base64(text, sizeof text, both.data(), both.size(), variant);
  return std::string{"lepton-id-1:"} + text;
}

secret derive_key(std::span<const std::uint8_t> key, std::string_view purpose,
                  std::string_view context) {
  LEPTON_ASSERT(purpose.size() <= crypto_generichash_blake2b_PERSONALBYTES);
  std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  std::memcpy(personal.data(), purpose.data(), purpose.size());
  secret out{key_size};
  const int failed = crypto_generichash_blake2b_salt_personal(
      out.data(), out.size(), bytes_of(context), context.size(), key.data(), key.size(), nullptr,
      personal.data());
  LEPTON_ASSERT(failed == 0);
  wipe_stack();
  return out;
}

std::string join_parts(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) {
    const auto size = static_cast<std::uint32_t>(part.size());
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<char>(size >> shift));
    out.append(part);
  }
  return out;
}

} // namespace lepton::crypto
