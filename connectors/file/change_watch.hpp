#pragma once

#include "connectors/file/file_descriptor.hpp"

#include <chrono>
#include <set>
#include <string>

namespace lepton::connectors {

/// Waits until something changes in some folders (inotify). Says that something happened, not what;
/// changes made over a network are not seen, so that the caller must also look by itself.
class change_watch {
public:
  /// Again for the same folder, or for one that cannot be watched: no effect.
  void add(const std::string& folder);
  /// True if something changed; false after `limit`. Without any folder it returns false at once.
  bool wait(std::chrono::milliseconds limit);

private:
  file_descriptor events_;
  std::set<std::string> folders_;
};

} // namespace lepton::connectors
