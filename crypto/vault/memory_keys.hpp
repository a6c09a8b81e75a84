#pragma once

#include "crypto/key_source.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lepton::crypto {

/// A version with random bytes and a random id.
key_version_ptr random_key_version(std::string_view name, std::string_view tenant);

/// Random keys that nobody keeps: every name has one as soon as it is asked for. For the tests that
/// a pipeline file brings along. Thread-safe.
class memory_keys final : public key_source {
public:
  std::uint64_t generation() const noexcept override { return generation_.load(); }
  key_version_ptr primary(std::string_view name, std::string_view tenant) const override;
  key_version_ptr find(std::string_view name, std::string_view tenant,
                       const key_id& id) const override;
  key_version_ptr hash_key(std::string_view name, std::string_view tenant) const override;
  identity_ptr own_identity() const override { return nullptr; }
  void missing(const key_id&) override {}

  /// Another primary; the earlier ones go on to open.
  void rotate(std::string_view name, std::string_view tenant);
  /// Nothing of this key opens or seals any more.
  void destroy(std::string_view name, std::string_view tenant);

private:
  using place = std::pair<std::string, std::string>; ///< name, tenant
  std::vector<key_version_ptr>& versions_of(std::string_view name, std::string_view tenant) const;

  mutable std::mutex mutex_;
  mutable std::map<place, std::vector<key_version_ptr>> versions_; ///< the last one is the primary
  std::atomic<std::uint64_t> generation_{1};
};

} // namespace lepton::crypto
