#pragma once

#include "pipelines/checked_pipeline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// Where a stream leaves a segment.
struct plan_exit {
  stream_ref stream;
  bool to_sink = false;
  std::size_t target = 0; ///< to_sink: node of the sink; else index of the next segment
  std::size_t input = 0;  ///< to_sink: which of the sink's inputs this is
};

/// Why a segment is one: what its actor does first.
enum class segment_kind {
  source,     ///< decodes raw batches of one source
  fused,      ///< stateless transforms
  inference,  ///< makes one model call of all waiting batches
  alone,      ///< one transform that must not share an actor
  sink_errors ///< works on the rows that a sink could not write; every sink's actor has one
};

/// Components that run in one actor: the first `nodes` entry and the stateless ones behind it.
struct plan_segment {
  segment_kind kind = segment_kind::fused;
  std::vector<std::size_t> nodes; ///< in topological order; source, sink_errors: first is that node
  std::vector<plan_exit> exits;
  std::string name; ///< its nodes, joined with "+"
};

/// Flow-control bounds of one receiver, for each of its senders.
struct credit_bound {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

struct memory_item {
  std::string what;
  std::int64_t bytes = 0;
};

/// How a checked pipeline is put on actors: segments, replicas, bounds.
struct execution_plan {
  std::vector<plan_segment> segments; ///< in topological order
  int workers = 1;                    ///< replicas of every segment that is no sink_errors
  /// For each node: the columns of each output (ports, then errors) that someone reads.
  std::vector<std::vector<std::vector<bool>>> needed;
  std::vector<memory_item> memory; ///< upper bounds; their sum is the bound of the pipeline
  std::int64_t memory_bound = 0;

  /// Segment in which `node` runs; for a sink the one that works on its errors.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t segment_of(std::size_t node) const;
};

/// Bound of what one sender may have unsettled at a segment fed by batches of `batch`.
credit_bound segment_credit(const core::poll_budget& batch);

/// How many actors send to `sink`.
std::size_t sink_senders(const execution_plan& plan, std::size_t sink);

/// The largest batch that any source of the pipeline makes.
core::poll_budget largest_batch(const checked_pipeline& pipeline);

/// Bound of what one of `senders` senders may have unsettled at a sink.
credit_bound sink_credit(const core::bound_sink& sink, std::size_t senders);

/// Bound of what all instances of a source together may have handed out and not yet settled, plus
/// one batch each. The payloads of unsettled rows stay in memory, for repeats and error outputs; a
/// sink that waits would otherwise collect them without end.
credit_bound unsettled_bound(const core::bound_source& source, int workers);

/// Threads that all actors without a thread of their own share: one more than there are workers, so
/// that a worker that hangs does not hold up the supervisor.
int pool_threads(const execution_plan& plan);

/// Fuses stateless neighbours, replicates for workers, and adds up memory. The pipeline must have
/// passed its checks. Pure: starts and opens nothing.
execution_plan make_plan(const checked_pipeline& pipeline);

/// The plan as a table for people; one line for each actor, then bounds and notes.
std::string plan_text(const checked_pipeline& pipeline, const execution_plan& plan);

/// The same as JSON text.
std::string plan_json(const checked_pipeline& pipeline, const execution_plan& plan);

} // namespace lepton::pipelines
