#pragma once

#include "actors/router_actor.hpp"
#include "actors/sink_actor.hpp"
#include "actors/source_actor.hpp"
#include "actors/supervisor.hpp"
#include "pipelines/stage_program.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lepton::actors {

/// Puts a plan on actors: makes connectors, spawns in reverse topological order, and tells the
/// supervisor how each worker can be replaced. Used once, by `runtime`; lives as long as it.
class wiring {
public:
  wiring(caf::actor_system& system, const pipelines::checked_pipeline& pipeline,
         const pipelines::execution_plan& plan, core::metrics_registry& metrics, core::vault* vault,
         bool exit_at_end);

  /// On success everything runs, and the connectors are about to be opened. On failure nothing was
  /// spawned.
  core::result<void> start(std::chrono::nanoseconds stuck_after,
                           std::function<void(run_outcome)> ended);

  const caf::actor& supervisor() const noexcept { return supervisor_; }

  struct source_instance {
    std::size_t node = 0;
    std::size_t instance = 0;
    std::unique_ptr<core::source> source;
    core::ref_ptr<core::waker> waker;
    std::shared_ptr<source_status> status;
  };
  struct sink_instance {
    std::size_t node = 0;
    std::unique_ptr<core::sink> sink;
    core::ref_ptr<core::waker> waker;
    std::shared_ptr<sink_status> status;
    caf::actor actor;
  };
  const std::vector<source_instance>& sources() const noexcept { return sources_; }
  const std::vector<sink_instance>& sinks() const noexcept { return sinks_; }

  /// Ends all actors and lets go of them. Only after the run has ended.
  void detach();

private:
  core::result<void> make_sinks();
  core::result<void> make_sources();
  core::result<void> make_programs();
  core::run_context context(std::size_t node, int instance);

  void spawn_segment(std::size_t segment);
  void spawn_sink_actors(std::size_t segment);
  void spawn_workers(std::size_t segment);
  void spawn_sources();
  void spawn_source(std::size_t index, const caf::actor& router);

  std::shared_ptr<stage_config> stage(std::size_t segment, int replica,
                                      std::unique_ptr<pipelines::stage_program> program,
                                      std::shared_ptr<worker_health> health);
  outbox make_outbox(std::size_t segment, int replica);
  std::size_t slot_of(std::size_t segment, bool to_sink, std::size_t target) const;
  caf::actor sink_actor_of(std::size_t node, int replica) const;
  void add_worker(std::size_t segment, int replica, std::shared_ptr<worker_health> health);
  void add_senders(std::size_t segment, int replica, worker_entry& entry);
  core::gauge& gauge(core::metric which, const std::string& component);

  caf::actor_system& system_;
  const pipelines::checked_pipeline& pipeline_;
  const pipelines::execution_plan& plan_;
  core::metrics_registry& metrics_;
  core::vault* vault_; ///< null: no keyring
  bool exit_at_end_;
  pipelines::program_shared shared_;
  caf::actor supervisor_;
  std::vector<source_instance> sources_;
  std::vector<sink_instance> sinks_;
  std::vector<std::vector<std::unique_ptr<pipelines::stage_program>>>
      programs_;                                  ///< segment, replica
  std::vector<std::vector<caf::actor>> replicas_; ///< the same
  std::vector<caf::actor> routers_;               ///< of each source segment
  std::shared_ptr<supervisor_config> charges_;
  struct placed_worker {
    std::size_t segment;
    int replica;
    worker_entry* entry;
  };
  std::vector<placed_worker> workers_;
};

} // namespace lepton::actors
