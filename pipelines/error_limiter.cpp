#include "pipelines/error_limiter.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

std::optional<std::string> error_limiter::observe(std::int64_t rows,
                                                  std::span<const core::row_error> errors) {
  if (!active() || rows == 0)
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (auto why = check_run(rows, errors))
    return why;
  return check_share(rows, static_cast<std::int64_t>(errors.size()));
}

std::optional<std::string> error_limiter::check_run(std::int64_t rows,
                                                    std::span<const core::row_error> errors) {
  if (limit_.in_a_row <= 0)
    return std::nullopt;
  std::int64_t next = 0; // the row that would continue the run
  for (const auto& error : errors) {
    run_ = error.row == next ? run_ + 1 : 1;
    next = error.row + 1;
    if (run_ >= limit_.in_a_row)
      return fmt::format("{} records in a row failed (error_limit.in_a_row is {})", run_,
                         limit_.in_a_row);
  }
  if (next < rows)
    run_ = 0;
  return std::nullopt;
}

std::optional<std::string> error_limiter::check_share(std::int64_t rows, std::int64_t failed) {
  if (limit_.share >= 1.0)
    return std::nullopt;
  window_.push_back({rows, failed});
  window_rows_ += rows;
  window_failed_ += failed;
  while (window_rows_ - window_.front().rows >= limit_.of_last) {
    window_rows_ -= window_.front().rows;
    window_failed_ -= window_.front().failed;
    window_.pop_front();
  }
  const double allowed = limit_.share * static_cast<double>(window_rows_);
  if (window_rows_ < limit_.of_last || static_cast<double>(window_failed_) <= allowed)
    return std::nullopt;
  return fmt::format("{} of the last {} records failed (error_limit.share is {:.4g}%)",
                     window_failed_, window_rows_, limit_.share * 100);
}

} // namespace lepton::pipelines
