#pragma once

#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_store.hpp"
#include "crypto/subject_key_source.hpp"

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace lepton::crypto {

/// The keys of subjects, in the store beside a keyring. Each is random and wrapped under a key
/// derived from the never-changing hash key of its named key: destroying the named key destroys all
/// its subjects, disabling all its versions stops them. A subject that was destroyed never gets a
/// key again. Thread-safe; several processes may share the store.
class subject_keys : public subject_key_source {
public:
  /// Keys kept unwrapped in locked memory at once, at most (64 bytes each).
  static constexpr std::size_t max_cached = 16'384;

  /// Uses the store PATH.subjects; `keyring` outlives this object.
  static core::result<std::unique_ptr<subject_keys>> open(const live_keyring& keyring);

  /// Fails with not_found without such a named key, permission if the subject is destroyed or the
  /// named key may not seal.
  core::result<key_version_ptr> get_or_create(std::string_view name, std::string_view tenant,
                                              std::string_view subject);
  /// Null if there is none or it is destroyed.
  core::result<key_version_ptr> find(std::string_view name, std::string_view tenant,
                                     std::string_view subject);
  /// For good, on the disk on return. False if the subject has no key (any more).
  core::result<bool> destroy(std::string_view name, std::string_view tenant,
                             std::string_view subject);
  std::size_t size() const;

  /// Sees what other processes destroyed within 0.5 s.
  std::uint64_t generation() const noexcept override;
  core::result<void> prepare(std::string_view name, std::string_view tenant,
                             std::span<const std::string_view> subjects) override;
  key_version_ptr for_sealing(std::string_view name, std::string_view tenant,
                              std::string_view subject) override;
  key_version_ptr for_opening(std::string_view name, std::string_view tenant,
                              std::string_view subject) override;

private:
  /// What is derived from one named key.
  struct scope {
    secret tag_key;
    secret wrap_key;
    bool seals = false; ///< the named key has a primary version
  };
  using cache = absl::flat_hash_map<subject_tag, key_version_ptr>;

  subject_keys(const live_keyring& keyring, subject_store store)
      : keyring_{keyring}, keyring_id_{keyring.snapshot()->id()}, store_{std::move(store)} {}

  void follow() const noexcept;
  core::result<const scope*> scope_of(std::string_view name, std::string_view tenant);
  core::result<key_version_ptr> find_tag(std::string_view name, std::string_view tenant,
                                         const scope& keys, const subject_tag& tag);
  core::result<void> create(const scope& keys, std::span<const subject_tag> tags);
  std::string context_of(const subject_tag& tag) const;
  key_version_ptr cached(const subject_tag& tag);
  void keep(const subject_tag& tag, const key_version_ptr& key);

  const live_keyring& keyring_;
  const key_id keyring_id_;
  mutable std::mutex mutex_;
  subject_store store_;
  std::uint64_t scopes_generation_ = 0;
  std::map<std::pair<std::string, std::string>, scope, std::less<>> scopes_;
  /// Two halves: when the young one is full it becomes the old one, and the old one goes.
  mutable cache young_, old_;
  mutable std::atomic<std::int64_t> looked_ns_{0};
  mutable std::atomic<std::uint64_t> destructions_{0};
};

} // namespace lepton::crypto
