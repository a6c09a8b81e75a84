#pragma once

#include <cstdint>

namespace lepton::web {

/// What this process has used so far, as the operating system counts it.
struct process_usage {
  std::int64_t resident_bytes = 0;
  double cpu_seconds = 0;   ///< user and system, all threads
  double start_seconds = 0; ///< since 1970-01-01 UTC
};

/// Reads /proc and getrusage. A value that the system does not give is 0. Thread-safe.
process_usage read_process_usage();

} // namespace lepton::web
