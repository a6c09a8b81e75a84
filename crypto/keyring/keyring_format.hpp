#pragma once

#include "core/result.hpp"
#include "crypto/keyring/keyring.hpp"
#include "crypto/keyring/root_secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// The part of a keyring file that lies in clear. docs/formats/keyring.md describes every byte.
struct keyring_header {
  static constexpr std::size_t size = 152;

  root_kind kind = root_kind::passphrase;
  kdf_parameters kdf; ///< 0 for a key file
  kdf_salt salt{};
  key_id id{};
  std::uint64_t version = 0;
  std::array<std::uint8_t, 24> nonce{};
  std::uint64_t body_size = 0;
  std::array<std::uint8_t, 32> commitment{};

  /// True if the same root secret opens both.
  bool same_root(const keyring_header& other) const noexcept {
    return kind == other.kind && salt == other.salt && kdf.passes == other.kdf.passes &&
           kdf.memory == other.kdf.memory;
  }
};

/// Largest keyring file, in bytes.
constexpr std::size_t max_keyring_file = 64u << 20;

/// BLAKE2b-128 of the header before its checksum: tells an accident from a wrong secret. Not
/// secret, protects against nobody. `file` has 136 bytes or more.
std::array<std::uint8_t, 16> keyring_checksum(std::string_view file);

/// Checks all that can be checked without the secret: length, magic, checksum, and that deriving
/// the key costs no more than the caps. Allocates nothing. Errors (malformed, unsupported) lack the
/// path.
core::result<keyring_header> parse_keyring_header(std::string_view file);

/// Opens a whole file whose header was parsed. `permission` if `root` is not the one that it was
/// sealed with (found before the AEAD runs), `malformed` if its body was changed.
core::result<keyring> open_keyring(std::string_view file, const keyring_header& header,
                                   const secret& root);

/// The bytes of a file for `keys`, with `kind`, `kdf`, `salt` and `version` of `like`; the rest of
/// the header is new.
std::string seal_keyring(const keyring& keys, const keyring_header& like, const secret& root);

/// Reads and writes the content of the body. Key bytes are sealed once more in it, each by itself,
/// so that they are in clear in locked memory only.
class keyring_codec {
public:
  static std::string encode(const keyring& keys, const secret& wrap_key);
  static core::result<keyring> decode(std::string_view body, const keyring_header& header,
                                      const secret& wrap_key);
};

} // namespace lepton::crypto
