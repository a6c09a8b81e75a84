#pragma once

#include "cli/summary.hpp"

#include <chrono>
#include <cstdint>

namespace lepton::cli {

/// The line that `run` keeps up to date on a terminal: rate, lag, p99, queue, drops. When standard
/// error is no terminal, a log line every 10 s instead.
class live_line {
public:
  explicit live_line(bool bench);

  /// Shows the state if it is time to. Cheap to call often.
  void update(actors::runtime& running);
  /// Takes the line off the terminal.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  bool terminal_;
  bool silent_;
  bool shown_ = false;
  clock::time_point last_;
  std::int64_t last_records_ = 0;
};

} // namespace lepton::cli
