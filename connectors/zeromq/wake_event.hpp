#pragma once

#include "connectors/file/file_descriptor.hpp"

#include <cstdint>

namespace lepton::connectors {

/// Wakes a thread that waits in zmq_poll. Thread-safe; signals that come before the thread looks
/// are one.
class wake_event {
public:
  wake_event();
  void signal() noexcept;
  /// Forgets the signals so far.
  void clear() noexcept;
  int fd() const noexcept { return event_.get(); }

private:
  file_descriptor event_;
};

} // namespace lepton::connectors
