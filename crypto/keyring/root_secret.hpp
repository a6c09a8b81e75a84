#pragma once

#include "core/result.hpp"
#include "crypto/keyring/safe_file.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// What a keyring's root secret is made from. The numbers stand in the keyring file. A systemd
/// credential is a key file that systemd hands over.
enum class root_kind : std::uint8_t { passphrase = 1, key_file = 2 };

/// Cost of turning a passphrase into a key (Argon2id, one lane). Larger values make guessing
/// dearer, and each command slower.
struct kdf_parameters {
  std::uint64_t passes = 3;
  std::uint64_t memory = 256u << 20; ///< bytes

  static constexpr std::uint64_t max_passes = 10;
  static constexpr std::uint64_t max_memory = 1u << 30;

  static kdf_parameters interactive() { return {2, 64u << 20}; } ///< 0.1 s
  static kdf_parameters moderate() { return {}; }                ///< 0.6 s; the default
  static kdf_parameters sensitive() { return {4, 1u << 30}; }    ///< 3.5 s
};

/// Fails (malformed) outside what libsodium takes and the caps; allocates nothing.
core::result<void> check(const kdf_parameters& parameters);

using kdf_salt = std::array<std::uint8_t, 16>;

/// What the user proves access with: a passphrase, or the content of a key file. Held in locked
/// memory.
class root_material {
public:
  static constexpr std::size_t max_size = 4000;
  static constexpr std::size_t min_key_file = 32;
  static constexpr std::size_t min_passphrase = 8;

  static core::result<root_material> passphrase(secret text);
  /// First line of a file that only its owner can read, or of a pipe (/dev/stdin, /dev/fd/N).
  static core::result<root_material> passphrase_file(const std::string& path);
  /// All of a file of 32 to 4000 random bytes that only its owner can read.
  static core::result<root_material> key_file(const std::string& path);
  /// $CREDENTIALS_DIRECTORY/`name`, with the content of a key file.
  static core::result<root_material> credential(const std::string& name);

  root_kind kind() const noexcept { return kind_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  /// For messages: "the passphrase", "the key file PATH".
  const std::string& origin() const noexcept { return origin_; }
  /// Reads the same place again; the same passphrase if it was typed.
  core::result<root_material> again() const;
  /// Drops the bytes if `again` can read them; `derive` may not be called afterwards.
  void forget();
  /// The 32-byte root secret. Takes as long and as much memory as `parameters` say for a
  /// passphrase; checks them first.
  core::result<secret> derive(const kdf_salt& salt, const kdf_parameters& parameters) const;

private:
  enum class place { given, passphrase_file, key_file, credential };

  /// Takes the bytes of a key file that was opened with the rules of its place.
  static core::result<root_material> from_key(core::result<owned_fd> file, const std::string& path,
                                              place where, std::string again, std::string origin);

  root_kind kind_ = root_kind::passphrase;
  place place_ = place::given;
  std::string path_;
  std::string origin_;
  secret bytes_;
};

/// Writes a new key file: 64 random bytes as text in base64, mode 0400. Fails if it exists.
core::result<void> generate_key_file(const std::string& path);

} // namespace lepton::crypto
