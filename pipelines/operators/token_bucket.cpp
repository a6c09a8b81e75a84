#include "pipelines/operators/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::pipelines {

token_bucket::token_bucket(double rate, std::int64_t burst)
    : ns_per_row_{1e9 / rate}, burst_ns_{ns_per_row_ * static_cast<double>(burst)} {}

double token_bucket::booked(time_point now) {
  if (!started_) {
    started_ = true;
    start_ = now;
  }
  const double at = std::chrono::duration<double, std::nano>(now - start_).count();
  paid_until_ = std::max(paid_until_, at);
  return paid_until_ - at;
}

std::chrono::nanoseconds token_bucket::reserve(std::int64_t rows, time_point now) {
  const std::lock_guard lock{mutex_};
  const double wait = std::max(0.0, booked(now) - burst_ns_);
  paid_until_ += ns_per_row_ * static_cast<double>(rows);
  return std::chrono::nanoseconds{static_cast<std::int64_t>(std::ceil(wait))};
}

std::int64_t token_bucket::take(std::int64_t rows, time_point now) {
  const std::lock_guard lock{mutex_};
  const double room = burst_ns_ - booked(now);
  // A millionth of a row hides the rounding of the division.
  const auto fit = static_cast<std::int64_t>(std::floor(room / ns_per_row_ + 1e-6));
  const auto taken = std::clamp<std::int64_t>(fit, 0, rows);
  paid_until_ += ns_per_row_ * static_cast<double>(taken);
  return taken;
}

} // namespace lepton::pipelines
