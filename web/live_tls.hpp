#pragma once

#include "core/result.hpp"
#include "web/tls_context.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace lepton::web {

/// The certificate of a server that goes on: loaded again when one of its files changes, which is
/// looked at once a second at most. Files that cannot be used, or do not belong together yet,
/// change nothing: the one from before stays, and the log says why. Thread-safe.
class live_tls {
public:
  static core::result<std::shared_ptr<live_tls>> load(tls_files files);

  /// For one connection that was accepted on `socket`; null if memory is short.
  tls_session accept_on(int socket) { return current()->accept_on(socket); }

private:
  /// When certificate and key changed, in ns, and their inodes.
  using stamp = std::array<std::int64_t, 4>;

  live_tls(tls_files files, const stamp& seen, tls_context first)
      : files_{std::move(files)}, seen_{seen},
        context_{std::make_shared<const tls_context>(std::move(first))} {}

  static stamp stamp_of(const tls_files& files);
  std::shared_ptr<const tls_context> current();

  tls_files files_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  stamp seen_; ///< of the files that were loaded last, good or not
  std::shared_ptr<const tls_context> context_;
};

} // namespace lepton::web
