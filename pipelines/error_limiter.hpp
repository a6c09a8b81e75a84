#pragma once

#include "core/codec.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace lepton::pipelines {

/// Watches the share and the runs of failed rows of one component, over all its replicas.
/// Thread-safe. Windows are whole batches, so a limit may be noticed up to one batch late, never
/// early.
class error_limiter {
public:
  explicit error_limiter(error_limit limit) : limit_{limit} {}

  bool active() const noexcept { return limit_.share < 1.0 || limit_.in_a_row > 0; }

  /// Takes note of a batch of `rows` of which `errors` (ascending rows) failed. Returns why the
  /// pipeline must stop, if a limit is passed now.
  std::optional<std::string> observe(std::int64_t rows, std::span<const core::row_error> errors);

private:
  std::optional<std::string> check_run(std::int64_t rows, std::span<const core::row_error> errors);
  std::optional<std::string> check_share(std::int64_t rows, std::int64_t failed);

  struct sample {
    std::int64_t rows;
    std::int64_t failed;
  };

  const error_limit limit_;
  std::mutex mutex_;
  std::deque<sample> window_;
  std::int64_t window_rows_ = 0;
  std::int64_t window_failed_ = 0;
  std::int64_t run_ = 0;
};

} // namespace lepton::pipelines
