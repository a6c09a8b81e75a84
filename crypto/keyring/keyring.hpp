#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"
#include "crypto/keyring/key_state.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// One version as the keyring holds it. `key` is null once it is destroyed.
struct keyring_version {
  key_id id{};
  key_state state = key_state::pending;
  std::int64_t created_ms = 0; ///< Unix time
  std::int64_t changed_ms = 0; ///< when it came into its state
  key_version_ptr key;
};

/// A key: a name within a tenant, and its versions in the order they were made.
struct named_key {
  std::string name;
  std::string tenant;       ///< empty: of no tenant
  key_version_ptr hash_key; ///< the same for life; null once the whole key is destroyed
  std::vector<keyring_version> versions;

  const keyring_version* primary() const noexcept;
  const keyring_version* version(const key_id& id) const noexcept;
};

/// The keys of one keyring and the rules of their lives. Knows nothing of files, time or threads:
/// `now_ms` (Unix time) is given to whatever changes it.
class keyring {
public:
  static constexpr std::size_t max_name = 128;
  static constexpr std::size_t max_keys = 10'000;
  static constexpr std::size_t max_versions = 1000; ///< of one key
  /// A pending version becomes primary only after this: each process looks for changes every second
  /// or so, and must know the version before the first payload that is sealed with it.
  static constexpr std::chrono::seconds min_pending_age{60};

  /// Empty, with a new identity and a random id.
  static keyring create();

  /// Random; tells one keyring from another for life.
  const key_id& id() const noexcept { return id_; }
  /// Grows with each save; 0 before the first.
  std::uint64_t version() const noexcept { return version_; }
  const std::vector<named_key>& keys() const noexcept { return keys_; }
  const identity_ptr& own_identity() const noexcept { return identity_; }
  /// Null if there is no such key.
  const named_key* find(std::string_view name, std::string_view tenant) const noexcept;

  // Each fails with invalid_argument, not_found or capacity and then changes nothing.

  /// A new key; its first version is primary at once.
  core::result<key_id> add(std::string_view name, std::string_view tenant, std::int64_t now_ms);
  /// A new pending version. Refused while the key has one already.
  core::result<key_id> rotate(std::string_view name, std::string_view tenant, std::int64_t now_ms);
  /// The pending version becomes primary, the primary one enabled. Refused below `min_pending_age`
  /// unless `at_once`.
  core::result<key_id> promote(std::string_view name, std::string_view tenant, std::int64_t now_ms,
                               bool at_once);
  /// One version, or all that may open, stop opening and sealing.
  core::result<void> disable(std::string_view name, std::string_view tenant,
                             const std::optional<key_id>& version, std::int64_t now_ms);
  /// A disabled version may open again.
  core::result<void> enable(std::string_view name, std::string_view tenant, const key_id& version,
                            std::int64_t now_ms);
  /// One version, or the whole key with its hash key (and so all its subjects), for good.
  core::result<void> destroy(std::string_view name, std::string_view tenant,
                             const std::optional<key_id>& version, std::int64_t now_ms);

private:
  friend class keyring_codec; ///< reads and writes all of it (keyring_body.cpp)

  core::result<named_key*> existing(std::string_view name, std::string_view tenant);
  core::result<keyring_version*> existing(named_key& key, const key_id& version);

  key_id id_{};
  std::uint64_t version_ = 0;
  identity_ptr identity_;
  std::vector<named_key> keys_;
};

/// "payments" or "acme/payments": how messages and the audit log name a key.
std::string display_name(std::string_view name, std::string_view tenant);

/// Letters, digits and "._-", 1 to 128 of them. Names stand in files, logs and access rules.
bool is_key_name(std::string_view text) noexcept;

} // namespace lepton::crypto
