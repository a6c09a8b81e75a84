#include "crypto/token/signing_key.hpp"

#include "crypto/keyring/safe_file.hpp"
#include "crypto/token/text_codec.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr std::string_view secret_prefix = "k4.secret.";
constexpr std::string_view public_prefix = "k4.public.";
constexpr std::size_t secret_size = crypto_sign_SECRETKEYBYTES;
constexpr std::size_t file_limit = 64 << 10;
constexpr int base64_variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

core::error no_key(const std::string& path, std::string_view prefix) {
  return {core::errc::malformed,
          fmt::format("{} holds no signing key; it must begin with {}", path, prefix)};
}

/// The text of a secret key stays in locked memory, as the key itself does.
core::result<signing_key> from_text(const secret& text, const std::string& path) {
  const std::string_view all{reinterpret_cast<const char*>(text.data()), text.size()};
  const auto body = all.substr(0, all.find('\n'));
  if (!body.starts_with(secret_prefix))
    return no_key(path, secret_prefix);
  signing_key out;
  out.secret_half = secret{secret_size};
  std::size_t size = 0;
  const auto encoded = body.substr(secret_prefix.size());
  if (sodium_base642bin(out.secret_half.data(), secret_size, encoded.data(), encoded.size(),
                        nullptr, &size, nullptr, base64_variant) != 0 ||
      size != secret_size)
    return no_key(path, secret_prefix);
  // The public half must be that of the seed, or signatures would give the seed away.
  secret derived{secret_size};
  crypto_sign_seed_keypair(out.public_half.data(), derived.data(), out.secret_half.data());
  if (sodium_memcmp(derived.data(), out.secret_half.data(), secret_size) != 0)
    return no_key(path, secret_prefix);
  return out;
}

} // namespace

signing_key signing_key::generate() {
  start_sodium();
  signing_key out;
  out.secret_half = secret{secret_size};
  crypto_sign_keypair(out.public_half.data(), out.secret_half.data());
  return out;
}

core::result<signing_key> signing_key::load(const std::string& path) {
  start_sodium();
  auto file = open_guarded(path, file_rule::owner_only, "the signing key");
  if (!file)
    return file.error();
  auto text = read_secret(file->get(), path, 1024);
  if (!text)
    return text.error();
  return from_text(*text, path);
}

core::result<void> signing_key::save(const std::string& path) const {
  const auto encoded = sodium_base64_encoded_len(secret_size, base64_variant);
  secret text{secret_prefix.size() + encoded};
  std::copy(secret_prefix.begin(), secret_prefix.end(), text.data());
  auto* end = reinterpret_cast<char*>(text.data()) + secret_prefix.size();
  sodium_bin2base64(end, encoded, secret_half.data(), secret_size, base64_variant);
  end[encoded - 1] = '\n'; // in the place of the zero
  return create_file(path, {reinterpret_cast<const char*>(text.data()), text.size()});
}

std::string to_text(const verify_key& key) {
  return std::string{public_prefix} + base64url(key);
}

core::result<verify_key> verify_key_from_text(std::string_view text) {
  start_sodium();
  const core::error wrong{core::errc::malformed,
                          "not a public key; it must begin with k4.public. and have 43 characters "
                          "after that"};
  if (!text.starts_with(public_prefix))
    return wrong;
  const auto bytes = from_base64url(text.substr(public_prefix.size()));
  verify_key out;
  if (!bytes || bytes->size() != out.size())
    return wrong;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  if (crypto_core_ed25519_is_valid_point(out.data()) != 1)
    return core::error{core::errc::malformed, "not a public key: no point of the curve"};
  return out;
}

core::result<std::vector<verify_key>> load_verify_keys(const std::string& path) {
  const owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return os_error("open", path, errno);
  const auto text = read_all(file.get(), path, file_limit);
  if (!text)
    return text.error();
  std::vector<verify_key> out;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty() || line.front() == '#')
      continue;
    auto key = verify_key_from_text(line);
    if (!key)
      return key.error().with_context(path);
    out.push_back(*key);
  }
  if (out.empty())
    return core::error{core::errc::malformed, path + " holds no public key"};
  return out;
}

std::string key_id_text(const verify_key& key) {
  start_sodium();
  constexpr std::string_view prefix = "k4.pid.";
  const auto hashed = std::string{prefix} + to_text(key);
  std::array<std::uint8_t, 33> id{};
  crypto_generichash(id.data(), id.size(), bytes_of(hashed).data(), hashed.size(), nullptr, 0);
  return std::string{prefix} + base64url(id);
}

signature sign(const signing_key& key, std::span<const std::uint8_t> message) {
  signature out{};
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), key.secret_half.data());
  return out;
}

bool verifies(const verify_key& key, std::span<const std::uint8_t> message,
              std::span<const std::uint8_t> sig) {
  return sig.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(sig.data(), message.data(), message.size(), key.data()) == 0;
}

} // namespace lepton::crypto
