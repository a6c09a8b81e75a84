#include "pipelines/plan_memory.hpp"

#include "pipelines/plan_actors.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

/// Code, relocated libraries and allocator slack of a process that does nothing.
constexpr std::int64_t process_bytes = 56LL << 20;
/// The touched part of a thread's stack, and what the allocator keeps for it.
constexpr std::int64_t thread_bytes = 512LL << 10;
/// A record on its way in, beside its payload: librdkafka's operation, our view, its share of work
/// items and deliveries.
constexpr std::int64_t record_bytes = 512;
/// A record on its way out, beside its encoded bytes: places, librdkafka's message, request
/// buffers.
constexpr std::int64_t written_record_bytes = 384;
/// Scratch of a worker while it decodes, evaluates and encodes one batch.
constexpr std::int64_t work_factor = 2;

/// Bytes of one row in the columns that someone reads, without the text in string and binary ones.
std::int64_t row_width(const core::schema& schema, const std::vector<bool>& needed) {
  std::int64_t bytes = 0;
  for (std::size_t c = 0; c < schema.size(); ++c) {
    if (!needed[c])
      continue;
    const auto type = schema[c].type;
    const auto value = type.is_variable_size() ? sizeof(std::int32_t) : type.value_size();
    bytes += std::max<std::int64_t>(1, static_cast<std::int64_t>(value)) + 1; // and its validity
  }
  return bytes;
}

bool has_text(const core::schema& schema, const std::vector<bool>& needed) {
  for (std::size_t c = 0; c < schema.size(); ++c)
    if (needed[c] && schema[c].type.is_variable_size())
      return true;
  return false;
}

/// The components that rows of `source` come to, and `source` itself.
std::vector<std::size_t> reached_from(const checked_pipeline& pipeline, std::size_t source) {
  std::vector<bool> reached(pipeline.nodes.size(), false);
  reached[source] = true;
  std::vector<std::size_t> out{source};
  for (std::size_t n = source + 1; n < pipeline.nodes.size(); ++n) {
    const auto& inputs = pipeline.nodes[n].inputs;
    reached[n] = std::any_of(inputs.begin(), inputs.end(),
                             [&](const stream_ref& input) { return reached[input.node]; });
    if (reached[n])
      out.push_back(n);
  }
  return out;
}

void add_source(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t source,
                std::vector<memory_item>& out) {
  const auto& node = pipeline.nodes[source];
  if (node.source->memory != 0)
    out.push_back({"prefetch of " + node.name, node.source->memory});
  const auto bound = unsettled_bound(*node.source, plan.workers);
  const auto records = bound.records + node.source->batch.records * node.source->instances;
  const auto bytes = bound.bytes + node.source->batch.bytes * node.source->instances;
  out.push_back({"unsettled records of " + node.name, bytes + records * record_bytes});

  if (node.opening) // their clear payloads, beside the sealed ones
    out.push_back({"opened payloads of " + node.name, bytes});

  std::int64_t width = 0;
  bool text = false;
  bool errors = false;
  for (const auto n : reached_from(pipeline, source)) {
    const auto& outputs = pipeline.nodes[n].outputs;
    errors = errors || pipeline.nodes[n].errors_consumed;
    for (std::size_t port = 0; port < outputs.size(); ++port) {
      width += row_width(*outputs[port].schema, plan.needed[n][port]);
      text = text || has_text(*outputs[port].schema, plan.needed[n][port]);
    }
  }
  out.push_back({"columns of " + node.name, records * width + (text ? bytes : 0)});
  if (errors)
    out.push_back({"failed rows of " + node.name, bytes});
}

void add_segment(const checked_pipeline& pipeline, const execution_plan& plan,
                 const plan_segment& segment, std::vector<memory_item>& out) {
  if (segment.kind == segment_kind::sink_errors)
    return;
  auto bytes = work_factor * largest_batch(pipeline).bytes * plan.workers;
  for (const auto n : segment.nodes)
    if (const auto& transform = pipeline.nodes[n].transform)
      bytes += transform->memory * plan.workers;
  out.push_back({"work of " + segment.name, bytes});
}

/// Rows that may be under way in the whole pipeline.
std::int64_t unsettled_rows(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::int64_t rows = 0;
  for (const auto& node : pipeline.nodes)
    if (node.source)
      rows += unsettled_bound(*node.source, plan.workers).records +
              node.source->batch.records * node.source->instances;
  return rows;
}

void add_sink(const checked_pipeline& pipeline, const execution_plan& plan, std::size_t sink,
              std::vector<memory_item>& out) {
  const auto& node = pipeline.nodes[sink];
  if (!node.sink->encodes)
    return;
  // Beyond its credit, each sender may have sent one batch and hold another.
  const auto senders = static_cast<std::int64_t>(sink_senders(plan, sink));
  const auto batches = 2 * senders * largest_batch(pipeline).bytes;
  const auto records = std::min(node.sink->credit_records, unsettled_rows(pipeline, plan));
  out.push_back({"in flight in " + node.name,
                 node.sink->credit_bytes + batches + records * written_record_bytes});
}

} // namespace

std::vector<memory_item> memory_of(const checked_pipeline& pipeline, const execution_plan& plan) {
  std::vector<memory_item> out{{"process", process_bytes}};
  const auto threads = threads_of(pipeline, plan);
  out.push_back({"threads", (threads.own + threads.pool) * thread_bytes});
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    if (pipeline.nodes[n].source)
      add_source(pipeline, plan, n, out);
  for (const auto& segment : plan.segments)
    add_segment(pipeline, plan, segment, out);
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    if (pipeline.nodes[n].sink)
      add_sink(pipeline, plan, n, out);
  return out;
}

} // namespace lepton::pipelines
