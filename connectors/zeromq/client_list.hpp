#pragma once

#include "core/result.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace lepton::connectors {

/// The clients that may connect, from a file that may change while it is in use. Each line is
/// `NAME ROLE PUBLIC_KEY`; # begins a comment. Thread-safe.
class client_list {
public:
  /// Only clients of `role` ("edge" or "reader") are let in; others may stand in the file.
  client_list(std::string path, std::string role)
      : path_{std::move(path)}, role_{std::move(role)} {}

  /// Reads the file for the first time. Fails with the line of the first mistake.
  core::result<void> load();
  /// Reads it again if it was changed; true if somebody lost the access. With a mistake in it, or
  /// without the file, nobody is let in until it is good again: who edits a list to shut somebody
  /// out must not be ignored.
  bool reload_if_changed();

  /// The name of the client with this key, as Z85; empty if it may not come in.
  std::optional<std::string> find(std::string_view public_key) const;
  /// Whether a client that was let in under this name still may be.
  bool has(std::string_view name) const;

private:
  using clients = std::map<std::string, std::string>; ///< key -> name
  core::result<clients> read() const;

  std::string path_;
  std::string role_;
  mutable std::mutex mutex_;
  clients clients_;
  timespec changed_{};
  off_t size_ = -1;
  ino_t file_ = 0;
};

} // namespace lepton::connectors
