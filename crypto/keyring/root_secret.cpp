#include "crypto/keyring/root_secret.hpp"

#include "core/assert.hpp"
#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/safe_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

/// Key files, hexadecimal ones too, have more different bytes but with a chance of 2^-40.
constexpr std::size_t min_different_bytes = 8;

bool looks_random(std::span<const std::uint8_t> bytes) {
  std::bitset<256> seen;
  for (const auto byte : bytes)
    seen.set(byte);
  return seen.count() >= min_different_bytes;
}

bool is_descriptor_path(const std::string& path) {
  return path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/") || path == "/dev/stdin";
}

core::result<owned_fd> open_passphrase(const std::string& path) {
  constexpr const char* what = "the passphrase file";
  if (!is_descriptor_path(path))
    return open_guarded(path, file_rule::owner_only, what);
  owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return os_error("open the passphrase file", path, errno);
  return file;
}

core::result<void> check_key(const secret& key, const std::string& origin) {
  if (key.size() < root_material::min_key_file)
    return error{errc::malformed, fmt::format("{} holds {} bytes; it must hold {} random bytes or "
                                              "more (`lepton keys init --generate-key-file`)",
                                              origin, key.size(), root_material::min_key_file)};
  if (!looks_random(key.bytes()))
    return error{errc::malformed,
                 fmt::format("{} does not look random; make one with `lepton keys init "
                             "--generate-key-file`",
                             origin)};
  return {};
}

} // namespace

core::result<void> check(const kdf_parameters& parameters) {
  if (parameters.memory > kdf_parameters::max_memory)
    return error{errc::malformed,
                 fmt::format("it asks for {} bytes of memory to derive the key, more than 1 GiB; "
                             "the file was changed by someone",
                             parameters.memory)};
  if (parameters.passes > kdf_parameters::max_passes)
    return error{errc::malformed,
                 fmt::format("it asks for {} passes to derive the key, more than {}; the file was "
                             "changed by someone",
                             parameters.passes, kdf_parameters::max_passes)};
  if (parameters.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
      parameters.memory < crypto_pwhash_argon2id_MEMLIMIT_MIN)
    return error{errc::malformed, "it asks for less work to derive the key than Argon2id has"};
  return {};
}

core::result<root_material> root_material::passphrase(secret text) {
  if (text.empty())
    return error{errc::invalid_argument, "the passphrase is empty"};
  root_material out;
  out.origin_ = "the passphrase";
  out.bytes_ = std::move(text);
  return out;
}

core::result<root_material> root_material::passphrase_file(const std::string& path) {
  auto file = open_passphrase(path);
  if (!file)
    return file.error();
  auto text = read_secret(file->get(), path, max_size);
  if (!text)
    return text.error();
  const auto bytes = text->bytes();
  const auto size =
      static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), '\n') - bytes.begin());
  if (size == 0)
    return error{errc::malformed, fmt::format("the passphrase file {} is empty", path)};
  auto out = passphrase(secret::of(bytes.first(size)));
  out->origin_ = fmt::format("the passphrase in {}", path);
  out->path_ = path;
  // A pipe gives its content once.
  out->place_ = is_descriptor_path(path) ? place::given : place::passphrase_file;
  return out;
}

core::result<root_material> root_material::from_key(core::result<owned_fd> file,
                                                    const std::string& path, place where,
                                                    std::string again, std::string origin) {
  if (!file)
    return file.error();
  auto key = read_secret(file->get(), path, max_size);
  if (!key)
    return key.error();
  LEPTON_TRY(check_key(*key, origin));
  root_material out;
  out.kind_ = root_kind::key_file;
  out.place_ = where;
  out.path_ = std::move(again);
  out.origin_ = std::move(origin);
  out.bytes_ = std::move(*key);
  return out;
}

core::result<root_material> root_material::key_file(const std::string& path) {
  return from_key(open_guarded(path, file_rule::owner_only, "the key file"), path, place::key_file,
                  path, fmt::format("the key file {}", path));
}

core::result<root_material> root_material::credential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder || *folder == '\0')
    return error{errc::not_found,
                 "CREDENTIALS_DIRECTORY is not set: systemd sets it for units with "
                 "LoadCredential= or LoadCredentialEncrypted="};
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..")
    return error{errc::invalid_argument, fmt::format("'{}' is no name of a credential", name)};
  const auto path = fmt::format("{}/{}", folder, name);
  return from_key(open_guarded(path, file_rule::not_by_others, "the credential"), path,
                  place::credential, name, fmt::format("the credential {}", name));
}

core::result<root_material> root_material::again() const {
  switch (place_) {
    case place::passphrase_file: return passphrase_file(path_);
    case place::key_file: return key_file(path_);
    case place::credential: return credential(path_);
    case place::given: break;
  }
  return passphrase(secret::of(bytes_.bytes()));
}

void root_material::forget() {
  if (place_ != place::given)
    secret{std::move(bytes_)};
}

core::result<secret> root_material::derive(const kdf_salt& salt,
                                           const kdf_parameters& parameters) const {
  LEPTON_ASSERT(!bytes_.empty());
  secret root{key_size};
  if (kind_ == root_kind::key_file) {
    constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{
        'l', 'e', 'p', 't', 'o', 'n', ' ', 'k', 'e', 'y', ' ', 'f', 'i', 'l', 'e', '1'};
    const int failed = crypto_generichash_blake2b_salt_personal(
        root.data(), root.size(), bytes_.data(), bytes_.size(), nullptr, 0, salt.data(),
        personal.data());
    LEPTON_ASSERT(failed == 0);
    return root;
  }
  LEPTON_TRY(check(parameters));
  if (crypto_pwhash(root.data(), root.size(), reinterpret_cast<const char*>(bytes_.data()),
                    bytes_.size(), salt.data(), parameters.passes,
                    static_cast<std::size_t>(parameters.memory), crypto_pwhash_ALG_ARGON2ID13) != 0)
    return error{errc::capacity,
                 fmt::format("there are not {} MiB of memory to derive the key of the keyring",
                             parameters.memory >> 20)};
  return root;
}

core::result<void> generate_key_file(const std::string& path) {
  const auto bytes = random_secret(64);
  constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
  secret text{sodium_base64_ENCODED_LEN(64, variant)};
  auto* chars = reinterpret_cast<char*>(text.data());
  sodium_bin2base64(chars, text.size(), bytes.data(), bytes.size(), variant);
  LEPTON_TRY(create_file(path, {chars, std::strlen(chars)}));
  if (::chmod(path.c_str(), 0400) != 0)
    return os_error("protect", path, errno);
  return {};
}

} // namespace lepton::crypto
