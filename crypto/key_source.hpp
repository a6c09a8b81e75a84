#pragma once

#include "crypto/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lepton::crypto {

constexpr std::size_t key_size = 32;
using key_id = std::array<std::uint8_t, 16>; ///< public: truncated keyed hash of the key itself

/// One version of a named key. Shared by whoever uses it; its bytes lie in locked memory and are
/// wiped with the last user.
struct key_version {
  key_id id{};
  std::string name;   ///< of the key that this is a version of
  std::string tenant; ///< empty: of no tenant
  secret bytes;       ///< key_size
  bool opens = true;  ///< primary, enabled or pending: may open; a primary may also seal
};
using key_version_ptr = std::shared_ptr<const key_version>;

/// The own long-term identity of a keyring: signs as a sender, opens as a recipient (suite 2).
struct identity {
  std::array<std::uint8_t, 32> sign_public{}; ///< Ed25519
  secret sign_secret;                         ///< 64 bytes, as libsodium keeps them
  std::array<std::uint8_t, 32> box_public{};  ///< X25519
  secret box_secret;                          ///< 32 bytes
};
using identity_ptr = std::shared_ptr<const identity>;

/// Public half of an identity, and its text form "lepton-id-1:" + base64url(sign_public
/// box_public).
struct public_identity {
  std::array<std::uint8_t, 32> sign_public{};
  std::array<std::uint8_t, 32> box_public{};
};

/// Where sealers and openers get their keys. Thread-safe and cheap: called once for each change of
/// `generation`, not for each payload.
class key_source {
public:
  virtual ~key_source() = default;
  /// Grows whenever a key was added, promoted, disabled or destroyed. Users ask for their keys
  /// again when it did, and drop what they derived from keys that may no longer be used.
  virtual std::uint64_t generation() const noexcept = 0;
  /// The version that seals now; null if the key does not exist or none may seal.
  virtual key_version_ptr primary(std::string_view name, std::string_view tenant) const = 0;
  /// The version with this id if it is one of key `name` and may open; else null.
  virtual key_version_ptr find(std::string_view name, std::string_view tenant,
                               const key_id& id) const = 0;
  /// Never changes with rotation; for deterministic hashes. Null if the key does not exist.
  virtual key_version_ptr hash_key(std::string_view name, std::string_view tenant) const = 0;
  /// Null if the keyring has none.
  virtual identity_ptr own_identity() const = 0;
  /// An id was met that `find` does not know: the keyring may have grown. Asks for a reload soon;
  /// at most one for each second. Does not block.
  virtual void missing(const key_id& id) = 0;
  /// Returns once the keyring was looked at by a look that began after the call, or after 2 s.
  virtual void refresh() {}
};

} // namespace lepton::crypto
