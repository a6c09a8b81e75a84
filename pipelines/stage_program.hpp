#pragma once

#include "core/encoded_batch.hpp"
#include "pipelines/component_metrics.hpp"
#include "pipelines/error_limiter.hpp"
#include "pipelines/plan.hpp"
#include "pipelines/record_keys.hpp"
#include "pipelines/sealing/input_opener.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// What the replicas of a pipeline share: limits over all of them, and where they count.
struct program_shared {
  program_shared(const checked_pipeline& pipeline, core::metrics_registry& registry);

  core::metrics_registry& metrics;
  std::vector<std::unique_ptr<error_limiter>> limiters; ///< one for each node
};

/// What left a segment: rows for the next segment or a sink, encoded if the sink wants it.
struct program_output {
  std::size_t exit = 0; ///< index into `plan_segment::exits`
  core::batch_ptr rows;
  core::encoded_batch_ptr encoded;     ///< null for a segment and for a sink that does not encode
  std::vector<core::row_error> failed; ///< rows that could not be encoded, for `run_failed`
};

/// One replica of a segment: takes batches through its components and collects what leaves it. Pure
/// batch in, batch out: no actor, no thread, no waiting. Not thread-safe.
class stage_program {
public:
  /// Instantiates the components of segment `segment`.
  static core::result<std::unique_ptr<stage_program>>
  make(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t segment,
       program_shared& shared, const core::run_context& context);
  ~stage_program();

  /// Entry of a source segment: decodes, then goes on as `run`.
  void run_raw(const core::raw_batch_ptr& in, std::vector<program_output>& out);

  /// Entry of the other segments: `streams[i]` says which stream of the plan `in[i]` is, and what
  /// came of it is appended to `out[i]`. An inference segment makes one model call of all.
  void run(std::span<const stream_ref> streams, std::span<const core::batch_ptr> in,
           std::span<std::vector<program_output>> out);

  /// Entry for rows of `in` that a sink could not write (segment kind sink_errors).
  void run_failed(const core::batch_ptr& in, std::span<const core::row_error> errors,
                  std::vector<program_output>& out);

  /// Why the pipeline must end, if a row failed where `on_error` is stop or a limit was passed.
  const std::optional<std::string>& stop_reason() const noexcept { return stop_reason_; }

  /// How long the outputs of the last run must be held back (throttle).
  std::chrono::nanoseconds hold() const noexcept { return hold_; }

private:
  struct step;
  struct sink_exit;
  class step_emitter;

  stage_program(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t segment,
                program_shared& shared);
  core::result<void> instantiate(const core::run_context& context);
  core::result<void> add_step(std::size_t node, const core::run_context& context);
  core::result<void> add_opener(const pipeline_node& node, const core::run_context& context);
  core::result<void> add_sink_exit(const plan_exit& exit, const core::run_context& context);
  void route_streams();

  void deliver(const stream_ref& stream, core::batch_ptr rows);
  core::raw_batch_ptr opened(const core::raw_batch_ptr& in);
  void run_step(step& at, std::span<const core::batch_ptr> in,
                std::span<std::vector<program_output>* const> out);
  void leave(std::size_t exit, const core::batch_ptr& rows);
  void fail(std::size_t node, core::batch_ptr failed, std::span<const core::row_error> errors);
  void observe(std::size_t node, std::int64_t rows, std::span<const core::row_error> errors);
  void stop(std::size_t node, const std::string& why);
  core::batch_ptr pruned(const stream_ref& stream, core::batch_ptr rows) const;

  struct consumers {
    std::vector<std::size_t> steps;
    std::vector<std::size_t> exits;
  };
  consumers& consumers_of(const stream_ref& stream);
  step& step_of(std::size_t node);

  const checked_pipeline& pipeline_;
  const execution_plan& plan_;
  const plan_segment& segment_;
  program_shared& shared_;
  std::unique_ptr<input_opener> opener_; ///< null: what the source reads is in clear
  std::unique_ptr<core::decoder> decoder_;
  std::vector<std::unique_ptr<step>> steps_;           ///< one for each transform of the segment
  std::vector<std::unique_ptr<sink_exit>> sink_exits_; ///< one for each exit; null if to a segment
  std::vector<std::pair<stream_ref, consumers>> routes_;
  std::vector<program_output>* out_ = nullptr; ///< where the running input's outputs go
  std::optional<std::string> stop_reason_;
  std::chrono::nanoseconds hold_{0};
  std::int64_t inner_ns_ = 0; ///< spent in steps that ran inside the running one
  core::decoded decoded_;
};

} // namespace lepton::pipelines
