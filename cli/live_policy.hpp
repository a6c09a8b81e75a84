#pragma once

#include "core/result.hpp"
#include "crypto/keyring/keyring_file.hpp"
#include "crypto/policy/policy.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace lepton::cli {

/// Reads the rules in a policy file.
core::result<crypto::policy> read_policy(const std::string& path);

/// The rules in a policy file, for a process that goes on: read again when the file changes, which
/// is looked at once a second at most. A file that cannot be read takes nothing away: the last good
/// rules stay, and the log says why. Thread-safe.
class live_policy {
public:
  static core::result<std::shared_ptr<live_policy>> open(std::string path);

  /// The rules of now.
  std::shared_ptr<const crypto::policy> rules();

private:
  live_policy(std::string path, crypto::file_stamp stamp, crypto::policy rules)
      : path_{std::move(path)}, stamp_{stamp},
        rules_{std::make_shared<const crypto::policy>(std::move(rules))} {}

  void refresh();

  std::string path_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  crypto::file_stamp stamp_; ///< of the file that was read last, good or not
  std::shared_ptr<const crypto::policy> rules_;
};

} // namespace lepton::cli
