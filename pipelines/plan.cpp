#include "pipelines/plan.hpp"

#include "pipelines/plan_memory.hpp"

#include <algorithm>
#include <set>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using core::placement;

segment_kind kind_of(placement where) {
  switch (where) {
    case placement::fused: return segment_kind::fused;
    case placement::inference: return segment_kind::inference;
    case placement::alone: return segment_kind::alone;
  }
  return segment_kind::fused;
}

/// Index of the segment that a fused transform can join: all its inputs come from there.
std::size_t joinable(const execution_plan& plan, const pipeline_node& node) {
  std::set<std::size_t> from;
  for (const auto& input : node.inputs)
    from.insert(plan.segment_of(input.node));
  if (from.size() != 1 || *from.begin() == execution_plan::npos)
    return execution_plan::npos;
  return plan.segments[*from.begin()].kind == segment_kind::alone ? execution_plan::npos
                                                                  : *from.begin();
}

void place_node(const checked_pipeline& pipeline, std::size_t index, execution_plan& plan) {
  const auto& node = pipeline.nodes[index];
  if (node.kind == component_kind::source) {
    plan.segments.push_back({segment_kind::source, {index}, {}, {}});
  } else if (node.kind == component_kind::transform) {
    const auto where = node.transform->where;
    const auto join = where == placement::fused ? joinable(plan, node) : execution_plan::npos;
    if (join != execution_plan::npos)
      plan.segments[join].nodes.push_back(index);
    else
      plan.segments.push_back({kind_of(where), {index}, {}, {}});
  } else {
    plan.segments.push_back({segment_kind::sink_errors, {index}, {}, {}});
  }
}

bool has_exit(const plan_segment& segment, const plan_exit& exit) {
  return std::any_of(segment.exits.begin(), segment.exits.end(), [&](const plan_exit& e) {
    return e.stream == exit.stream && e.to_sink == exit.to_sink && e.target == exit.target &&
           e.input == exit.input;
  });
}

void add_exits(const checked_pipeline& pipeline, execution_plan& plan) {
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n) {
    const auto& node = pipeline.nodes[n];
    const bool to_sink = node.kind == component_kind::sink;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto from = plan.segment_of(node.inputs[i].node);
      const auto own = plan.segment_of(n);
      if (from == execution_plan::npos || (!to_sink && from == own))
        continue;
      const plan_exit exit{node.inputs[i], to_sink, to_sink ? n : own, to_sink ? i : 0};
      if (!has_exit(plan.segments[from], exit))
        plan.segments[from].exits.push_back(exit);
    }
  }
}

void name_segments(const checked_pipeline& pipeline, execution_plan& plan) {
  for (auto& segment : plan.segments)
    for (const auto node : segment.nodes)
      segment.name += (segment.name.empty() ? "" : "+") + pipeline.nodes[node].name;
}

// ---- columns that someone reads ----------------------------------------------------------------

class column_needs {
public:
  explicit column_needs(const checked_pipeline& pipeline) : pipeline_{pipeline} {
    for (const auto& node : pipeline.nodes) {
      auto& ports = needed_.emplace_back();
      for (const auto& output : node.outputs)
        ports.emplace_back(output.schema->size(), false);
      ports.emplace_back(core::error_schema()->size(), false);
    }
  }

  std::vector<std::vector<std::vector<bool>>> compute() {
    for (std::size_t n = pipeline_.nodes.size(); n-- > 0;)
      for (std::size_t i = 0; i < pipeline_.nodes[n].inputs.size(); ++i)
        need_input(n, i);
    return std::move(needed_);
  }

private:
  void need(const stream_ref& stream, const std::string& column) {
    const auto schema = pipeline_.stream_schema(stream);
    auto& ports = needed_[stream.node];
    auto& columns = stream.errors ? ports.back() : ports[stream.port];
    if (const auto at = schema->index_of(column))
      columns[*at] = true;
  }

  void need_input(std::size_t n, std::size_t i) {
    const auto& node = pipeline_.nodes[n];
    const auto& input = node.inputs[i];
    if (node.transform) {
      for (const auto& column : node.transform->reads)
        need(input, column);
      if (node.transform->passes_columns)
        for (std::size_t p = 0; p < node.outputs.size(); ++p)
          for (std::size_t c = 0; c < node.outputs[p].schema->size(); ++c)
            if (needed_[n][p][c])
              need(input, (*node.outputs[p].schema)[c].name);
      return;
    }
    if (i < node.encoders.size())
      for (const auto& column : node.encoders[i].reads)
        need(input, column);
    if (!node.sink->key.empty())
      need(input, node.sink->key);
    for (const auto& column : node.sink->headers)
      need(input, column);
  }

  const checked_pipeline& pipeline_;
  std::vector<std::vector<std::vector<bool>>> needed_;
};

} // namespace

std::size_t execution_plan::segment_of(std::size_t node) const {
  for (std::size_t s = 0; s < segments.size(); ++s)
    for (const auto n : segments[s].nodes)
      if (n == node)
        return s;
  return npos;
}

std::size_t sink_senders(const execution_plan& plan, std::size_t sink) {
  std::size_t senders = 0;
  for (const auto& segment : plan.segments)
    for (const auto& exit : segment.exits)
      if (exit.to_sink && exit.target == sink)
        senders +=
            segment.kind == segment_kind::sink_errors ? 1 : static_cast<std::size_t>(plan.workers);
  return std::max<std::size_t>(senders, 1);
}

core::poll_budget largest_batch(const checked_pipeline& pipeline) {
  core::poll_budget largest{};
  for (const auto& node : pipeline.nodes)
    if (node.source) {
      largest.records = std::max(largest.records, node.source->batch.records);
      largest.bytes = std::max(largest.bytes, node.source->batch.bytes);
    }
  return largest;
}

credit_bound segment_credit(const core::poll_budget& batch) {
  return {batch.records * 3, batch.bytes * 3};
}

credit_bound sink_credit(const core::bound_sink& sink, std::size_t senders) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(senders, 1));
  return {std::max<std::int64_t>(1, sink.credit_records / count),
          std::max<std::int64_t>(1, sink.credit_bytes / count)};
}

credit_bound unsettled_bound(const core::bound_source& source, int workers) {
  const std::int64_t batches = std::max<std::int64_t>(16, 4LL * workers);
  return {source.batch.records * batches * 2, source.batch.bytes * batches};
}

int pool_threads(const execution_plan& plan) {
  return plan.workers + 1;
}

execution_plan make_plan(const checked_pipeline& pipeline) {
  execution_plan plan;
  plan.workers = pipeline.settings.workers;
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    place_node(pipeline, n, plan);
  add_exits(pipeline, plan);
  name_segments(pipeline, plan);
  plan.needed = column_needs{pipeline}.compute();
  plan.memory = memory_of(pipeline, plan);
  for (const auto& item : plan.memory)
    plan.memory_bound += item.bytes;
  return plan;
}

} // namespace lepton::pipelines
