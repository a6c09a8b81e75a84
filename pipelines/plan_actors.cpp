#include "pipelines/plan_actors.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

std::vector<std::string> names_of(const checked_pipeline& pipeline, const plan_segment& segment) {
  std::vector<std::string> names;
  for (const auto node : segment.nodes)
    names.push_back(pipeline.nodes[node].name);
  return names;
}

/// Segments that send to segment `target`; sinks' error rows come from each of their instances.
int senders_to(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t target) {
  int senders = 0;
  for (const auto& segment : plan.segments) {
    const bool sends =
        std::any_of(segment.exits.begin(), segment.exits.end(),
                    [&](const plan_exit& exit) { return !exit.to_sink && exit.target == target; });
    if (sends)
      senders += segment.kind == segment_kind::sink_errors
                     ? pipeline.nodes[segment.nodes.front()].sink->instances
                     : 1;
  }
  return senders;
}

plan_actor made(std::string kind, std::string name, std::vector<std::string> components,
                int replicas) {
  plan_actor actor;
  actor.kind = std::move(kind);
  actor.name = std::move(name);
  actor.components = std::move(components);
  actor.replicas = replicas;
  actor.own_thread = actor.kind == "source" || actor.kind == "sink";
  return actor;
}

void add_source(const checked_pipeline& pipeline, const execution_plan& plan,
                const plan_segment& segment, std::vector<plan_actor>& out) {
  const auto& node = pipeline.nodes[segment.nodes.front()];
  const auto& batch = node.source->batch;
  const auto worker = segment_credit(batch);
  auto source = made("source", node.name, {node.name}, node.source->instances);
  source.batch = {batch.records, batch.bytes};
  out.push_back(std::move(source));
  auto router = made("router", node.name, {}, 1);
  router.senders = node.source->instances;
  router.queue = {std::max(batch.records, worker.records * plan.workers / router.senders),
                  std::max(batch.bytes, worker.bytes * plan.workers / router.senders)};
  out.push_back(std::move(router));
}

void add_stage(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t index,
               std::vector<plan_actor>& out) {
  const auto& segment = plan.segments[index];
  const bool infers = segment.kind == segment_kind::inference;
  auto stage =
      made(infers ? "inference" : "stage", segment.name, names_of(pipeline, segment), plan.workers);
  const auto& first = pipeline.nodes[segment.nodes.front()];
  const bool reads_source = segment.kind == segment_kind::source;
  stage.queue = segment_credit(reads_source ? first.source->batch : largest_batch(pipeline));
  stage.senders = reads_source ? 1 : senders_to(pipeline, plan, index);
  if (infers) {
    stage.preferred_rows = first.transform->preferred_rows;
    stage.max_queue_delay = first.transform->max_queue_delay;
  }
  out.push_back(std::move(stage));
}

void add_sink(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t node,
              std::vector<plan_actor>& out) {
  const auto& sink = pipeline.nodes[node];
  const auto senders = sink_senders(plan, node);
  auto actor = made("sink", sink.name, {sink.name}, sink.sink->instances);
  actor.queue = sink_credit(*sink.sink, senders);
  actor.senders = (static_cast<int>(senders) + actor.replicas - 1) / actor.replicas;
  out.push_back(std::move(actor));
}

} // namespace

std::vector<plan_actor> actors_of(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::vector<plan_actor> out;
  for (std::size_t s = 0; s < plan.segments.size(); ++s) {
    const auto& segment = plan.segments[s];
    if (segment.kind == segment_kind::sink_errors) {
      add_sink(pipeline, plan, segment.nodes.front(), out);
      continue;
    }
    if (segment.kind == segment_kind::source)
      add_source(pipeline, plan, segment, out);
    add_stage(pipeline, plan, s, out);
  }
  out.push_back(made("supervisor", pipeline.name, {}, 1));
  return out;
}

thread_counts threads_of(const checked_pipeline& pipeline, const execution_plan& plan) {
  thread_counts threads;
  threads.pool = pool_threads(plan);
  for (const auto& node : pipeline.nodes) {
    threads.own += node.source ? node.source->instances : 0;
    threads.own += node.sink ? node.sink->instances : 0;
  }
  return threads;
}

} // namespace lepton::pipelines
