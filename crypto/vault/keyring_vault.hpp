#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/replay_guard.hpp"
#include "crypto/key_source.hpp"
#include "crypto/subject_key_source.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace lepton::crypto {

/// Told when a part of a pipeline asks for the use of a key, for the audit log: "seal", "open" or
/// "hash", and which key. Must not block.
using key_use_listener = std::function<void(std::string_view verb, std::string_view key)>;

/// The vault of a pipeline: sealers and openers over a source of keys. Thread-safe.
class keyring_vault final : public core::vault {
public:
  /// `subjects` may be null: keys of subjects are then refused.
  explicit keyring_vault(std::shared_ptr<key_source> keys,
                         std::shared_ptr<subject_key_source> subjects = nullptr,
                         key_use_listener listener = nullptr)
      : keys_{std::move(keys)}, subjects_{std::move(subjects)}, listener_{std::move(listener)} {}

  core::result<std::unique_ptr<core::sealer>>
  make_sealer(const core::seal_options& options) override;
  core::result<std::unique_ptr<core::opener>>
  make_opener(const core::open_options& options) override;
  core::result<void> prepare_subjects(std::string_view key, std::string_view tenant,
                                      std::span<const std::string_view> subjects) override;
  void refresh() override { keys_->refresh(); }
  core::result<std::string> hash(std::string_view key, std::string_view tenant,
                                 std::string_view purpose, std::string_view value) override;

private:
  using stream = std::tuple<std::string, std::string, std::string, std::string>;

  core::result<std::shared_ptr<key_source>> source_for(const std::string& subject);
  std::shared_ptr<replay_guard> guard_of(const core::open_options& options);
  void used(std::string_view verb, std::string_view tenant, std::string_view key);

  std::shared_ptr<key_source> keys_;
  std::shared_ptr<subject_key_source> subjects_;
  key_use_listener listener_;
  std::mutex mutex_;
  std::map<stream, std::shared_ptr<replay_guard>> guards_; ///< key, tenant, pipeline, schema
};

} // namespace lepton::crypto
