#include "pipelines/plan.hpp"
#include "pipelines/plan_actors.hpp"

#include <nlohmann/json.hpp>

namespace lepton::pipelines {

namespace {

using json = nlohmann::ordered_json;

json bound_json(const credit_bound& bound) {
  return {{"records", bound.records}, {"bytes", bound.bytes}};
}

json actor_json(const plan_actor& actor) {
  json out{{"kind", actor.kind},
           {"name", actor.name},
           {"components", actor.components},
           {"replicas", actor.replicas},
           {"thread", actor.own_thread ? "own" : "pool"}};
  if (actor.batch.records != 0)
    out["batch"] = bound_json(actor.batch);
  if (actor.senders != 0)
    out["queue"] = {{"senders", actor.senders}, {"each", bound_json(actor.queue)}};
  if (actor.kind == "inference") {
    out["preferred_rows"] = actor.preferred_rows;
    out["max_queue_delay_ns"] = actor.max_queue_delay.count();
  }
  return out;
}

json component_json(const pipeline_node& node, const execution_plan& plan) {
  json out{{"name", node.name}, {"kind", core::name(node.kind)}, {"type", node.type}};
  if (node.source)
    out["unsettled"] = bound_json(unsettled_bound(*node.source, plan.workers));
  out["notes"] = node.source ? node.source->notes
                 : node.sink ? node.sink->notes
                             : node.transform->notes;
  return out;
}

} // namespace

std::string plan_json(const checked_pipeline& pipeline, const execution_plan& plan) {
  auto actors = json::array();
  for (const auto& actor : actors_of(pipeline, plan))
    actors.push_back(actor_json(actor));
  auto components = json::array();
  for (const auto& node : pipeline.nodes)
    components.push_back(component_json(node, plan));
  auto memory = json::array();
  for (const auto& item : plan.memory)
    memory.push_back({{"what", item.what}, {"bytes", item.bytes}});
  const auto threads = threads_of(pipeline, plan);
  const auto limit = pipeline.settings.memory_limit;
  const json out{{"pipeline", pipeline.name},
                 {"workers", plan.workers},
                 {"latency_target_ns", pipeline.settings.latency_target.count()},
                 {"actors", actors},
                 {"components", components},
                 {"threads", {{"own", threads.own}, {"pool", threads.pool}}},
                 {"memory", memory},
                 {"memory_bound_bytes", plan.memory_bound},
                 {"memory_limit_bytes", limit},
                 {"fits", plan.memory_bound <= limit}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

} // namespace lepton::pipelines
