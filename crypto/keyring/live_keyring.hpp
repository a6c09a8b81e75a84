#pragma once

#include "crypto/key_source.hpp"
#include "crypto/keyring/keyring_file.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace lepton::crypto {

/// How a running process stands with its keyring file.
struct keyring_status {
  std::uint64_t version = 0;    ///< of the file that is in use
  std::uint64_t generation = 0; ///< as key_source::generation
  bool healthy = true;          ///< false: the file now there is not usable, the last good one is
  std::string error;            ///< why
  std::uint64_t reloads = 0;    ///< new versions taken over since the start
  std::uint64_t failures = 0;   ///< times that the file was read and found unusable
};

struct live_keyring_options {
  /// How often the file is looked at (one stat). A destroyed key opens for at most this long.
  std::chrono::milliseconds poll{500};
  /// How often a file that was found unusable is read again while it stays as it is: the file of
  /// its passphrase may have changed. Each try may cost a derivation (Argon2id).
  std::chrono::milliseconds retry{60'000};
  /// Called by the watching thread after a new version was taken over, and when the file becomes
  /// unusable or usable again. For metrics and the audit log.
  std::function<void(const keyring_status&)> on_change;
};

/// The keyring of a running process: follows its file, so that rotation and destruction by
/// `lepton keys` take effect without a restart. A file that becomes unreadable, damaged or older
/// leaves the last good keys in use and shows in `status`. Thread-safe.
class live_keyring : public key_source {
public:
  static core::result<std::unique_ptr<live_keyring>> open(std::string path, root_material material,
                                                          live_keyring_options options = {});
  ~live_keyring() override;

  std::uint64_t generation() const noexcept override;
  key_version_ptr primary(std::string_view name, std::string_view tenant) const override;
  key_version_ptr find(std::string_view name, std::string_view tenant,
                       const key_id& id) const override;
  key_version_ptr hash_key(std::string_view name, std::string_view tenant) const override;
  identity_ptr own_identity() const override;
  void missing(const key_id& id) override;
  void refresh() override;

  keyring_status status() const;
  /// The keys as they are now.
  std::shared_ptr<const keyring> snapshot() const;
  /// Absolute.
  const std::string& path() const noexcept { return path_; }

private:
  using clock = std::chrono::steady_clock;

  live_keyring(keyring_file file, live_keyring_options options);
  void watch();
  void look();
  void take_over();
  void report_failure(const core::error& failure);

  const live_keyring_options options_;
  const std::string path_;
  keyring_file file_;            ///< of the watching thread alone, as the next two
  file_stamp unusable_;          ///< what the file was when it was last found unusable
  clock::time_point last_tried_; ///< when that was
  std::atomic<std::uint64_t> generation_{1};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const keyring> keys_;
  keyring_status status_;
  bool wanted_ = false;
  std::uint64_t looks_ = 0; ///< at the file that have ended
  bool looking_ = false;
  bool stopping_ = false;
  std::thread watcher_; ///< last: it uses all of the above
};

} // namespace lepton::crypto
