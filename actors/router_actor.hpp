#pragma once

#include "actors/messages.hpp"
#include "actors/routing_table.hpp"
#include "core/metrics.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <memory>
#include <vector>

namespace lepton::actors {

struct router_config {
  std::string name; ///< of the source
  std::vector<caf::actor> workers;
  pipelines::credit_bound bound; ///< of each worker
  bool ordered = true;
  core::gauge* queue_records = nullptr;
  core::gauge* queue_bytes = nullptr;
  core::gauge* credit_records = nullptr;
  core::gauge* credit_bytes = nullptr;
};

/// Spreads the batches of all instances of one source over the workers of its segment. Keeps at
/// most what it granted; batches of one partition leave in the order in which they came.
caf::behavior router_actor(caf::event_based_actor* self, std::shared_ptr<router_config> config);

} // namespace lepton::actors
