#include "actors/wiring.hpp"

#include "actors/actor_waker.hpp"
#include "actors/stage_actor.hpp"

#include <algorithm>

namespace lepton::actors {

using pipelines::segment_kind;

namespace {

constexpr std::int64_t rows_of_one_call = 4096; // of an inference segment, at most

/// The exits of a segment that go to different receivers, in order of first use: a slot each.
std::vector<const pipelines::plan_exit*> receivers(const pipelines::plan_segment& segment) {
  std::vector<const pipelines::plan_exit*> out;
  for (const auto& exit : segment.exits)
    if (std::none_of(out.begin(), out.end(), [&](const auto* known) {
          return known->to_sink == exit.to_sink && known->target == exit.target;
        }))
      out.push_back(&exit);
  return out;
}

} // namespace

wiring::wiring(caf::actor_system& system, const pipelines::checked_pipeline& pipeline,
               const pipelines::execution_plan& plan, core::metrics_registry& metrics,
               core::vault* vault, bool exit_at_end)
    : system_{system}, pipeline_{pipeline}, plan_{plan}, metrics_{metrics}, vault_{vault},
      exit_at_end_{exit_at_end}, shared_{pipeline, metrics}, programs_(plan.segments.size()),
      replicas_(plan.segments.size()), routers_(plan.segments.size()),
      charges_{std::make_shared<supervisor_config>()} {}

core::result<void> wiring::start(std::chrono::nanoseconds stuck_after,
                                 std::function<void(run_outcome)> ended) {
  LEPTON_TRY(make_programs());
  LEPTON_TRY(make_sinks());
  LEPTON_TRY(make_sources());
  supervisor_ = system_.spawn<caf::detached>(supervisor_actor, pipeline_.name);
  for (std::size_t s = plan_.segments.size(); s-- > 0;)
    spawn_segment(s);
  for (auto& worker : workers_)
    add_senders(worker.segment, worker.replica, *worker.entry);
  const auto& settings = pipeline_.settings;
  charges_->restart_limit = settings.restart_limit;
  charges_->restart_window = settings.restart_window;
  charges_->stop_timeout = settings.stop_timeout;
  charges_->stuck_after = stuck_after;
  charges_->ended = std::move(ended);
  spawn_sources();
  for (const auto& sink : sinks_)
    charges_->sinks.push_back({"sink `" + pipeline_.nodes[sink.node].name + "`", sink.actor});
  caf::anon_send(supervisor_, adopt_message{charges_});
  return {};
}

core::run_context wiring::context(std::size_t node, int instance) {
  return {pipeline_.nodes[node].name, pipeline_.name, &metrics_, vault_, exit_at_end_, instance};
}

core::gauge& wiring::gauge(core::metric which, const std::string& component) {
  return metrics_.gauge(which, {{"component", component}});
}

core::result<void> wiring::make_programs() {
  for (std::size_t s = 0; s < plan_.segments.size(); ++s) {
    const auto& segment = plan_.segments[s];
    const int replicas = segment.kind == segment_kind::sink_errors
                             ? pipeline_.nodes[segment.nodes.front()].sink->instances
                             : plan_.workers;
    for (int r = 0; r < replicas; ++r) {
      auto made = pipelines::stage_program::make(pipeline_, plan_, s, shared_,
                                                 context(segment.nodes.front(), r));
      if (!made)
        return made.error();
      programs_[s].push_back(std::move(*made));
    }
  }
  return {};
}

core::result<void> wiring::make_sinks() {
  for (std::size_t n = 0; n < pipeline_.nodes.size(); ++n) {
    const auto& node = pipeline_.nodes[n];
    for (int i = 0; node.sink && i < node.sink->instances; ++i) {
      auto made = node.sink->make(context(n, i));
      if (!made)
        return made.error().with_context("sink `" + node.name + "`");
      sinks_.push_back({n,
                        std::move(*made),
                        core::make_ref<actor_waker>(),
                        std::make_shared<sink_status>(),
                        {}});
    }
  }
  return {};
}

core::result<void> wiring::make_sources() {
  for (std::size_t n = 0; n < pipeline_.nodes.size(); ++n) {
    const auto& node = pipeline_.nodes[n];
    for (int i = 0; node.source && i < node.source->instances; ++i) {
      auto made = node.source->make(context(n, i));
      if (!made)
        return made.error().with_context("source `" + node.name + "`");
      sources_.push_back({n, static_cast<std::size_t>(i), std::move(*made),
                          core::make_ref<actor_waker>(), std::make_shared<source_status>()});
    }
  }
  return {};
}

void wiring::spawn_segment(std::size_t s) {
  if (plan_.segments[s].kind == segment_kind::sink_errors)
    spawn_sink_actors(s);
  else
    spawn_workers(s);
}

void wiring::spawn_sink_actors(std::size_t s) {
  const auto& segment = plan_.segments[s];
  int instance = 0;
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    auto& sink = sinks_[i];
    if (sink.node != segment.nodes.front())
      continue;
    const auto& name = pipeline_.nodes[sink.node].name;
    auto config = std::make_shared<sink_config>();
    config->name = name;
    config->index = i;
    config->sink = std::move(sink.sink);
    config->segment = &segment;
    config->program = std::move(programs_[s][static_cast<std::size_t>(instance)]);
    config->out = make_outbox(s, instance);
    config->supervisor = supervisor_;
    config->status = sink.status;
    config->metrics = &metrics_;
    config->queue_records = &gauge(core::metric::queue_records, name);
    config->queue_bytes = &gauge(core::metric::queue_bytes, name);
    if (pipeline_.nodes[sink.node].when_full == pipelines::full_policy::drop_newest)
      config->lost = &pipelines::dropped_counter(metrics_, name, "sink_closed");
    sink.actor = system_.spawn<caf::detached>(sink_actor, config, sink.waker);
    static_cast<actor_waker&>(*sink.waker).attach(sink.actor);
    replicas_[s].push_back(sink.actor);
    ++instance;
  }
}

void wiring::spawn_workers(std::size_t s) {
  for (int r = 0; r < plan_.workers; ++r) {
    auto health = std::make_shared<worker_health>();
    auto program = std::move(programs_[s][static_cast<std::size_t>(r)]);
    replicas_[s].push_back(system_.spawn(stage_actor, stage(s, r, std::move(program), health)));
    add_worker(s, r, health);
  }
  const auto& segment = plan_.segments[s];
  if (segment.kind != segment_kind::source)
    return;
  const auto& node = pipeline_.nodes[segment.nodes.front()];
  auto config = std::make_shared<router_config>();
  config->name = node.name;
  config->workers = replicas_[s];
  config->bound = pipelines::segment_credit(node.source->batch);
  config->ordered = node.ordered;
  config->queue_records = &gauge(core::metric::queue_records, node.name + ".router");
  config->queue_bytes = &gauge(core::metric::queue_bytes, node.name + ".router");
  config->credit_records = &gauge(core::metric::credit_records, node.name + ".router");
  config->credit_bytes = &gauge(core::metric::credit_bytes, node.name + ".router");
  routers_[s] = system_.spawn(router_actor, config);
  charges_->routers.push_back(routers_[s]);
}

std::shared_ptr<stage_config> wiring::stage(std::size_t s, int replica,
                                            std::unique_ptr<pipelines::stage_program> program,
                                            std::shared_ptr<worker_health> health) {
  const auto& segment = plan_.segments[s];
  auto config = std::make_shared<stage_config>();
  config->segment = &segment;
  config->program = std::move(program);
  config->out = make_outbox(s, replica);
  config->supervisor = supervisor_;
  config->health = std::move(health);
  config->queue_records = &gauge(core::metric::queue_records, segment.name);
  config->queue_bytes = &gauge(core::metric::queue_bytes, segment.name);
  config->credit_records = &gauge(core::metric::credit_records, segment.name);
  if (segment.kind == segment_kind::inference) {
    const auto& bound = *pipeline_.nodes[segment.nodes.front()].transform;
    config->max_rows = rows_of_one_call;
    config->preferred_rows = bound.preferred_rows;
    config->max_queue_delay = bound.max_queue_delay;
  }
  return config;
}

outbox wiring::make_outbox(std::size_t s, int replica) {
  const auto& segment = plan_.segments[s];
  outbox out;
  for (const auto* to : receivers(segment)) {
    if (!to->to_sink) {
      const auto& targets = replicas_[to->target];
      out.add(targets[static_cast<std::size_t>(replica) % targets.size()],
              pipelines::segment_credit(pipelines::largest_batch(pipeline_)), nullptr);
      continue;
    }
    const auto& sink = pipeline_.nodes[to->target];
    auto* dropped = sink.when_full == pipelines::full_policy::drop_newest
                        ? &pipelines::dropped_counter(metrics_, sink.name, "sink_full")
                        : nullptr;
    out.add(sink_actor_of(to->target, replica),
            pipelines::sink_credit(*sink.sink, pipelines::sink_senders(plan_, to->target)),
            dropped);
  }
  for (std::size_t e = 0; e < segment.exits.size(); ++e)
    out.map_exit(e, slot_of(s, segment.exits[e].to_sink, segment.exits[e].target));
  return out;
}

std::size_t wiring::slot_of(std::size_t s, bool to_sink, std::size_t target) const {
  const auto list = receivers(plan_.segments[s]);
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto* exit) {
    return exit->to_sink == to_sink && exit->target == target;
  });
  LEPTON_ASSERT(found != list.end());
  return static_cast<std::size_t>(found - list.begin());
}

caf::actor wiring::sink_actor_of(std::size_t node, int replica) const {
  std::vector<caf::actor> instances;
  for (const auto& sink : sinks_)
    if (sink.node == node)
      instances.push_back(sink.actor);
  LEPTON_ASSERT(!instances.empty());
  return instances[static_cast<std::size_t>(replica) % instances.size()];
}

void wiring::add_worker(std::size_t s, int replica, std::shared_ptr<worker_health> health) {
  auto entry = std::make_unique<worker_entry>();
  const auto& segment = plan_.segments[s];
  entry->name = segment.name + "[" + std::to_string(replica) + "]";
  entry->replica = static_cast<std::size_t>(replica);
  entry->actor = replicas_[s][static_cast<std::size_t>(replica)];
  entry->health = health;
  entry->restarts = &metrics_.counter(core::metric::restarts, {{"component", segment.name}});
  entry->respawn = [this, s, replica, health](caf::event_based_actor*) -> core::result<caf::actor> {
    auto made = pipelines::stage_program::make(pipeline_, plan_, s, shared_,
                                               context(plan_.segments[s].nodes.front(), replica));
    if (!made)
      return made.error();
    auto actor = system_.spawn(stage_actor, stage(s, replica, std::move(*made), health));
    replicas_[s][static_cast<std::size_t>(replica)] = actor;
    return actor;
  };
  workers_.push_back({s, replica, entry.get()});
  charges_->workers.push_back(std::move(entry));
}

void wiring::add_senders(std::size_t s, int replica, worker_entry& entry) {
  const auto r = static_cast<std::size_t>(replica);
  if (plan_.segments[s].kind == segment_kind::source)
    entry.senders.emplace_back(&routers_[s], r);
  for (std::size_t from = 0; from < plan_.segments.size(); ++from)
    for (const auto* exit : receivers(plan_.segments[from])) {
      if (exit->to_sink || exit->target != s)
        continue;
      for (std::size_t i = 0; i < replicas_[from].size(); ++i)
        if (i % replicas_[s].size() == r)
          entry.senders.emplace_back(&replicas_[from][i], slot_of(from, false, s));
    }
}

void wiring::spawn_sources() {
  for (std::size_t i = 0; i < sources_.size(); ++i)
    spawn_source(i, routers_[plan_.segment_of(sources_[i].node)]);
}

void wiring::spawn_source(std::size_t index, const caf::actor& router) {
  auto& own = sources_[index];
  const auto& node = pipeline_.nodes[own.node];
  const auto worker = pipelines::segment_credit(node.source->batch);
  auto config = std::make_shared<source_config>();
  config->name = node.name;
  config->index = index;
  config->instance = own.instance;
  config->source = std::move(own.source);
  config->batch = node.source->batch;
  config->bound = {
      std::max(node.source->batch.records, worker.records * plan_.workers / node.source->instances),
      std::max(node.source->batch.bytes, worker.bytes * plan_.workers / node.source->instances)};
  const auto unsettled = pipelines::unsettled_bound(*node.source, plan_.workers);
  config->unsettled = {std::max<std::int64_t>(1, unsettled.records / node.source->instances),
                       std::max<std::int64_t>(1, unsettled.bytes / node.source->instances)};
  config->ordered = node.ordered;
  config->router = router;
  config->supervisor = supervisor_;
  config->status = own.status;
  config->in_flight = &gauge(core::metric::in_flight_batches, node.name);
  const auto actor = system_.spawn<caf::detached>(source_actor, config, own.waker);
  static_cast<actor_waker&>(*own.waker).attach(actor);
  charges_->sources.push_back({"source `" + node.name + "`", actor});
}

void wiring::detach() {
  for (auto& source : sources_)
    static_cast<actor_waker&>(*source.waker).detach();
  for (auto& sink : sinks_) {
    static_cast<actor_waker&>(*sink.waker).detach();
    sink.actor = nullptr;
  }
  const auto end = [](caf::actor& actor) {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  for (auto& source : charges_->sources)
    end(source.actor);
  for (auto& sink : charges_->sinks)
    end(sink.actor);
  for (auto& router : routers_)
    end(router);
  charges_->routers.clear();
  charges_->workers.clear();
  for (auto& segment : replicas_)
    for (auto& replica : segment)
      end(replica);
  end(supervisor_);
}

} // namespace lepton::actors
