#include "actors/runtime.hpp"

#include "actors/wiring.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace lepton::actors {

namespace {

constexpr auto shutdown_timeout = std::chrono::seconds{10};
/// The supervisor's own deadlines are shorter, so the run has ended by then.
constexpr auto end_timeout = std::chrono::seconds{60};

/// A central queue with a condition variable: an idle process sleeps, and a message from outside
/// the pool (a connector's thread) is taken at once. Stealing would poll, and sleep up to 10 ms.
caf::actor_system_config& configured(caf::actor_system_config& config, int workers) {
  config.set("scheduler.policy", caf::atom("sharing"));
  // `workers` is what the user grants to transforms. Routers share these threads: they only have
  // something to do when a worker has just finished. Connectors and the supervisor have their own.
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  config.set("scheduler.max-throughput", std::size_t{64});
  return config;
}

/// A thread that makes an actor system or spawns holds on to the system's logger, for which the
/// destructor of the system waits, on whichever thread that runs.
struct logger_release {
  ~logger_release() { caf::logger::set_current_actor_system(nullptr); }
};

} // namespace

struct runtime::impl {
  impl(pipelines::checked_pipeline p, pipelines::execution_plan e, run_options options)
      : vault{options.vault}, pipeline{std::move(p)}, plan{std::move(e)},
        system{std::make_unique<caf::actor_system>(configured(config, plan.workers))},
        wires{std::make_unique<wiring>(*system, pipeline, plan, metrics, vault.get(),
                                       options.exit_at_end)} {}

  void ended(const run_outcome& outcome) {
    const std::lock_guard lock{mutex};
    result = run_result{outcome.drained, outcome.error, std::chrono::steady_clock::now()};
    changed.notify_all();
  }

  std::shared_ptr<core::vault> vault; // outlives the components
  pipelines::checked_pipeline pipeline;
  pipelines::execution_plan plan;
  core::metrics_registry metrics;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<wiring> wires;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<run_result> result;
};

core::result<std::unique_ptr<runtime>> runtime::start(pipelines::checked_pipeline pipeline,
                                                      pipelines::execution_plan plan,
                                                      run_options options) {
  const logger_release released;
  auto self = std::make_unique<impl>(std::move(pipeline), std::move(plan), options);
  auto* const raw = self.get();
  LEPTON_TRY(
      self->wires->start(options.stuck_after, [raw](run_outcome outcome) { raw->ended(outcome); }));
  return std::unique_ptr<runtime>{new runtime(std::move(self))};
}

runtime::runtime(std::unique_ptr<impl> self) : impl_{std::move(self)} {}

runtime::~runtime() {
  if (!wait_for(std::chrono::milliseconds{0})) {
    stop_now();
    (void)wait_for(end_timeout);
  }
  impl_->wires->detach();
  // The actor system's destructor waits for every actor; a worker that hangs would hold it for
  // ever.
  std::mutex mutex;
  std::condition_variable gone;
  bool done = false;
  std::thread closing{[&] {
    impl_->system.reset();
    const std::lock_guard lock{mutex};
    done = true;
    gone.notify_all();
  }};
  std::unique_lock lock{mutex};
  if (!gone.wait_for(lock, shutdown_timeout, [&] { return done; })) {
    spdlog::error("a worker did not end within 10 s; leaving it behind");
    std::_Exit(1);
  }
  lock.unlock();
  closing.join();
}

void runtime::stop() {
  caf::anon_send(impl_->wires->supervisor(), stop_message{true});
}

void runtime::stop_now() {
  caf::anon_send(impl_->wires->supervisor(), stop_message{true});
  caf::anon_send(impl_->wires->supervisor(), stop_message{false});
}

std::optional<run_result> runtime::wait_for(std::chrono::milliseconds timeout) {
  std::unique_lock lock{impl_->mutex};
  impl_->changed.wait_for(lock, timeout, [&] { return impl_->result.has_value(); });
  return impl_->result;
}

core::metrics_registry& runtime::metrics() noexcept {
  return impl_->metrics;
}
const pipelines::checked_pipeline& runtime::pipeline() const noexcept {
  return impl_->pipeline;
}
const pipelines::execution_plan& runtime::plan() const noexcept {
  return impl_->plan;
}

std::vector<connector_status> runtime::connectors() const {
  std::vector<connector_status> out;
  for (const auto& source : impl_->wires->sources()) {
    const auto lag = source.status->lag.load();
    out.push_back({impl_->pipeline.nodes[source.node].name, true, source.status->connected.load(),
                   source.status->ended.load(), lag < 0 ? std::nullopt : std::optional{lag}});
  }
  for (const auto& sink : impl_->wires->sinks())
    out.push_back({impl_->pipeline.nodes[sink.node].name, false, sink.status->connected.load(),
                   sink.status->ended.load(), std::nullopt});
  return out;
}

std::int64_t runtime::first_record_us() const {
  std::int64_t first = 0;
  for (const auto& source : impl_->wires->sources())
    if (const auto at = source.status->first_record_us.load();
        at != 0 && (first == 0 || at < first))
      first = at;
  return first;
}

} // namespace lepton::actors
