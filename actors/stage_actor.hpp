#pragma once

#include "actors/outbox.hpp"
#include "pipelines/stage_program.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <memory>

namespace lepton::actors {

/// What the supervisor may look at from another thread: since when (steady clock, ns) a worker is
/// inside one run; 0 = it is not.
struct worker_health {
  std::atomic<std::int64_t> busy_since{0};
};

/// Everything one replica of a segment needs.
struct stage_config {
  const pipelines::plan_segment* segment = nullptr;
  std::unique_ptr<pipelines::stage_program> program;
  outbox out;
  caf::actor supervisor;
  std::shared_ptr<worker_health> health;
  core::gauge* queue_records = nullptr; ///< shared by the replicas
  core::gauge* queue_bytes = nullptr;
  core::gauge* credit_records = nullptr;
  std::int64_t max_rows = 0; ///< of one model call; 0 = one batch at a time
  std::int64_t preferred_rows = 0;
  std::chrono::nanoseconds max_queue_delay{0};
};

/// The stage and inference actor: runs one replica of a segment. Takes one batch at a time; an
/// inference segment takes all that wait, up to `max_rows`, and waits up to `max_queue_delay` for
/// `preferred_rows`. Returns credit once its outputs are on their way.
caf::behavior stage_actor(caf::event_based_actor* self, std::shared_ptr<stage_config> config);

} // namespace lepton::actors
