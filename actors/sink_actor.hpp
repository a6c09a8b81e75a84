#pragma once

#include "actors/outbox.hpp"
#include "core/sink.hpp"
#include "pipelines/component_metrics.hpp"
#include "pipelines/stage_program.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace lepton::actors {

struct sink_status {
  std::atomic<bool> connected{false};
  std::atomic<bool> ended{false};
};

struct sink_config {
  std::string name;
  std::size_t index = 0;                             ///< of all sink instances, for `ended_message`
  std::unique_ptr<core::sink> sink;                  ///< not yet open
  const pipelines::plan_segment* segment = nullptr;  ///< its sink_errors segment
  std::unique_ptr<pipelines::stage_program> program; ///< of that segment
  outbox out;                                        ///< for what leaves that segment
  caf::actor supervisor;
  std::shared_ptr<sink_status> status;
  core::metrics_registry* metrics = nullptr;
  core::gauge* queue_records = nullptr;
  core::gauge* queue_bytes = nullptr;
  /// Set if the sink may lose records (when_full: drop_newest): counts what it had not written when
  /// it was closed.
  core::counter* lost = nullptr;
};

/// Owns one sink instance on its own thread: opens it when told to, writes what it gets, settles
/// deliveries when the sink says that a batch is written, sends rows that were refused to the error
/// output, and returns credit.
caf::behavior sink_actor(caf::event_based_actor* self, std::shared_ptr<sink_config> config,
                         core::ref_ptr<core::waker> waker);

} // namespace lepton::actors
