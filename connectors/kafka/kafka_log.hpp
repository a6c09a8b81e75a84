#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lepton::connectors {

/// Passes librdkafka's own log lines on to the process's log, at most `lines_per_window` above the
/// level debug in each 10 s, and says how many it left out. Lines about single connections become
/// debug lines: `connection_watch` tells of the connection as a whole. Thread-safe.
class kafka_log {
public:
  using clock = std::chrono::steady_clock;
  static constexpr int lines_per_window = 20;

  explicit kafka_log(std::string component) : component_{std::move(component)} {}

  /// `level` as in syslog (3 error, 4 warning, 6 info, 7 debug), `facility` as librdkafka names it.
  void write(int level, const char* facility, const char* text);

private:
  /// True if a line may be written now.
  bool admit();

  std::string component_;
  std::mutex mutex_;
  clock::time_point window_{};
  int lines_ = 0;
  std::int64_t left_out_ = 0;
};

} // namespace lepton::connectors
