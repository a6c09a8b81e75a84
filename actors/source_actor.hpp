#pragma once

#include "actors/credit_account.hpp"
#include "actors/messages.hpp"
#include "core/metrics.hpp"
#include "core/source.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace lepton::actors {

/// What other threads may read of a running source instance.
struct source_status {
  std::atomic<std::int64_t> lag{-1}; ///< -1 = unknown
  std::atomic<bool> connected{false};
  std::atomic<bool> ended{false};
  std::atomic<std::int64_t> first_record_us{0}; ///< since 1970; 0 = none yet
};

struct source_config {
  std::string name;
  std::size_t index = 0;                ///< of all source instances, for `ended_message`
  std::size_t instance = 0;             ///< of this source
  std::unique_ptr<core::source> source; ///< not yet open
  core::poll_budget batch;
  pipelines::credit_bound bound;     ///< granted by the router at first
  pipelines::credit_bound unsettled; ///< handed out and not yet settled, at most, plus one batch
  bool ordered = true;
  caf::actor router;
  caf::actor supervisor;
  std::shared_ptr<source_status> status;
  core::gauge* in_flight = nullptr; ///< batches, shared by the instances
};

/// Owns one source instance on its own thread: opens it when told to, polls it while the router
/// grants credit and not too much is unsettled, tells it what is settled, and drains when told to
/// stop. A batch that did not get through is sent again, until it has ended a worker 3 times.
caf::behavior source_actor(caf::event_based_actor* self, std::shared_ptr<source_config> config,
                           core::ref_ptr<core::waker> waker);

} // namespace lepton::actors
