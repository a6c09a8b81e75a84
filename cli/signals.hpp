#pragma once

#include <chrono>

namespace lepton::cli {

/// Blocks SIGINT and SIGTERM for the whole process and hands them out one by one. Make it before
/// any thread starts.
class signal_waiter {
public:
  signal_waiter();
  ~signal_waiter();
  signal_waiter(const signal_waiter&) = delete;
  signal_waiter& operator=(const signal_waiter&) = delete;

  /// The signal that came within `timeout`, or 0.
  int wait_for(std::chrono::milliseconds timeout);
};

} // namespace lepton::cli
