#pragma once

#include "actors/messages.hpp"
#include "actors/stage_actor.hpp"
#include "core/metrics.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lepton::actors {

/// A worker that can be replaced: one replica of one segment.
struct worker_entry {
  std::string name;
  std::size_t replica = 0;
  caf::actor actor;
  std::shared_ptr<worker_health> health;
  /// Makes and spawns a new replica, wired to its receivers.
  std::function<core::result<caf::actor>(caf::event_based_actor* supervisor)> respawn;
  /// Actors that send to it, with the slot under which they know it.
  std::vector<std::pair<caf::actor*, std::size_t>> senders;
  core::counter* restarts = nullptr;
};

/// A source or sink instance, on its own thread.
struct connector_entry {
  std::string name; ///< "source `tx`"
  caf::actor actor;
  bool opened = false;
  bool exhausted = false;
  bool ended = false;
};

/// How a run ended.
struct run_outcome {
  bool drained = true; ///< everything read was settled and committed
  std::string error;   ///< empty = ended as asked
};

struct supervisor_config {
  std::vector<std::unique_ptr<worker_entry>> workers;
  std::vector<connector_entry> sources;
  std::vector<connector_entry> sinks;
  std::vector<caf::actor> routers;
  int restart_limit = 5;
  std::chrono::nanoseconds restart_window{0};
  std::chrono::nanoseconds stop_timeout{0};
  std::chrono::nanoseconds stuck_after{0}; ///< a worker that long in one run is reported
  std::function<void(run_outcome)> ended;  ///< called once, from the supervisor's thread
};

/// Opens the sinks, then the sources; watches the workers (restart within a budget, then a clear
/// failure); and ends the run: sources first, then sinks, when all sources are exhausted, on
/// `stop_message`, or on a failure. Every phase of an ending has a deadline, so that a connector
/// that blocks for ever cannot hold it up. Needs a thread of its own: all workers may hang.
caf::behavior supervisor_actor(caf::event_based_actor* self, const std::string& pipeline);

/// Hands the supervisor its charges once they exist.
struct adopt_message {
  std::shared_ptr<supervisor_config> config;
};

} // namespace lepton::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::adopt_message)
