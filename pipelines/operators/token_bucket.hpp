#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace lepton::pipelines {

/// Lets `rate` rows a second pass over time, and up to `burst` more at once after a pause. Shared
/// by replicas: thread-safe. Does not look at a clock: the caller says what time it is. Follows the
/// generic cell rate algorithm (ITU-T I.371), in its virtual scheduling form.
class token_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  token_bucket(double rate, std::int64_t burst);

  /// Books `rows` and says how long they have to wait. The wait is for what was booked before, so
  /// rows that come alone after a pause pass at once.
  std::chrono::nanoseconds reserve(std::int64_t rows, time_point now);

  /// Books as many of `rows` as may pass now, and returns how many.
  std::int64_t take(std::int64_t rows, time_point now);

private:
  /// Time that is booked beyond `now`, in ns.
  double booked(time_point now);

  const double ns_per_row_;
  const double burst_ns_;
  std::mutex mutex_;
  time_point start_{};
  bool started_ = false;
  double paid_until_ = 0; ///< ns since `start_`
};

} // namespace lepton::pipelines
