#include "pipelines/plan.hpp"
#include "pipelines/plan_actors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lepton::pipelines {

namespace {

using row = std::array<std::string, 7>;

std::string bound_text(const credit_bound& bound) {
  return fmt::format("{} records, {}", bound.records, core::format_size(bound.bytes));
}

std::string joined_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string batch_text(const plan_actor& actor) {
  if (actor.batch.records != 0)
    return bound_text(actor.batch);
  if (actor.kind != "inference")
    return "";
  auto text = actor.preferred_rows > 0 ? fmt::format("{} rows", actor.preferred_rows)
                                       : std::string{"any number of rows"};
  if (actor.max_queue_delay.count() > 0)
    text += fmt::format(", waits {}", core::format_duration(actor.max_queue_delay));
  return text;
}

row row_of(const plan_actor& actor) {
  const auto queue = actor.senders == 0
                         ? std::string{}
                         : fmt::format("{} x {}", actor.senders, bound_text(actor.queue));
  return {actor.kind,
          actor.name,
          joined_names(actor.components),
          std::to_string(actor.replicas),
          actor.own_thread ? "own" : "pool",
          batch_text(actor),
          queue};
}

std::string table(const std::vector<row>& rows) {
  std::array<std::size_t, 7> widths{};
  for (const auto& one : rows)
    for (std::size_t c = 0; c < one.size(); ++c)
      widths[c] = std::max(widths[c], one[c].size());
  std::string out;
  for (const auto& one : rows) {
    std::string line;
    for (std::size_t c = 0; c < one.size(); ++c)
      line += fmt::format("{:<{}}  ", one[c], widths[c]);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string notes_text(const checked_pipeline& pipeline) {
  std::string out;
  for (const auto& node : pipeline.nodes) {
    const auto& notes = node.source ? node.source->notes
                        : node.sink ? node.sink->notes
                                    : node.transform->notes;
    for (const auto& note : notes)
      out += fmt::format("  {}: {}\n", node.name, note);
  }
  return out.empty() ? "" : "\nnotes\n" + out;
}

std::string unsettled_text(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::string out = "\nread and not yet settled, at most\n";
  for (const auto& node : pipeline.nodes)
    if (node.source)
      out += fmt::format("  {}: {}, and one batch more of each instance\n", node.name,
                         bound_text(unsettled_bound(*node.source, plan.workers)));
  return out;
}

std::string memory_text(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::size_t width = sizeof("memory_limit");
  for (const auto& item : plan.memory)
    width = std::max(width, item.what.size());
  std::string out = "\nmemory, at most\n";
  const auto line = [&](std::string_view what, std::int64_t bytes, std::string_view more = "") {
    out += fmt::format("  {:<{}}  {:>10}{}\n", what, width, core::format_size(bytes), more);
  };
  for (const auto& item : plan.memory)
    line(item.what, item.bytes);
  line("bound", plan.memory_bound);
  const auto limit = pipeline.settings.memory_limit;
  line("memory_limit", limit,
       plan.memory_bound <= limit ? "  the plan fits" : "  the plan does not fit: run refuses it");
  return out;
}

} // namespace

std::string plan_text(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::vector<row> rows{{"actor", "name", "components", "replicas", "thread", "batch",
                         "queue (senders x bound of each)"}};
  for (const auto& actor : actors_of(pipeline, plan))
    rows.push_back(row_of(actor));
  const auto threads = threads_of(pipeline, plan);
  auto out = fmt::format("{}: workers {}, latency_target {}, delivery at_least_once\n\n{}",
                         pipeline.name, plan.workers,
                         core::format_duration(pipeline.settings.latency_target), table(rows));
  out += fmt::format("\nthreads: {} ({} own, {} in the pool), and those of the libraries\n",
                     threads.own + threads.pool, threads.own, threads.pool);
  out += unsettled_text(pipeline, plan) + notes_text(pipeline) + memory_text(pipeline, plan);
  out.pop_back();
  return out;
}

} // namespace lepton::pipelines
