#pragma once

#include "core/metrics.hpp"
#include "core/result.hpp"
#include "core/sealing.hpp"
#include "pipelines/plan.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lepton::actors {

struct run_options {
  /// The keys of the pipeline; null if it has no keyring. Must be set if `settings.keyring` is.
  std::shared_ptr<core::vault> vault = nullptr;
  bool exit_at_end = false; ///< end when every source has read what was there at the start
  /// A worker that is that long in one run is reported, and its partitions move to the others.
  std::chrono::milliseconds stuck_after{4000};
};

/// How a run ended.
struct run_result {
  bool drained = true;                        ///< everything read was settled and committed
  std::string error;                          ///< why it ended; empty = as asked
  std::chrono::steady_clock::time_point at{}; ///< when
};

/// One source or sink instance, as seen now.
struct connector_status {
  std::string component;
  bool is_source = false;
  bool connected = false;
  bool ended = false;
  std::optional<std::int64_t> lag; ///< sources that know it
};

/// A running pipeline: its actors, their threads and its metrics. Thread-safe. Knows nothing of
/// terminals, signals or HTTP.
class runtime {
public:
  /// Makes components and starts the actors, which then open the sinks, then the sources. A
  /// component that cannot be made is an error here; one that cannot be opened ends the run with
  /// its error.
  static core::result<std::unique_ptr<runtime>>
  start(pipelines::checked_pipeline pipeline, pipelines::execution_plan plan, run_options options);

  /// Stops at once what still runs and waits for it. If a thread does not come back from a
  /// component (10 s after the run has ended) it ends the process with status 1: nothing could be
  /// freed safely.
  ~runtime();

  /// Asks to read no more, write out what is under way, commit and end.
  void stop();
  /// Asks to end without waiting for what is under way; it will be read again.
  void stop_now();

  /// Waits until the run has ended, at most `timeout`.
  std::optional<run_result> wait_for(std::chrono::milliseconds timeout);

  core::metrics_registry& metrics() noexcept;
  const pipelines::checked_pipeline& pipeline() const noexcept;
  const pipelines::execution_plan& plan() const noexcept;
  std::vector<connector_status> connectors() const;
  /// When the first record arrived, in microseconds since 1970; 0 = none yet.
  std::int64_t first_record_us() const;

private:
  struct impl;
  explicit runtime(std::unique_ptr<impl> self);
  std::unique_ptr<impl> impl_;
};

} // namespace lepton::actors
