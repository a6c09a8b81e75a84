#include "pipelines/stage_program.hpp"

#include "pipelines/error_rows.hpp"
#include "pipelines/sealing/output_sealer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using clock = std::chrono::steady_clock;

std::int64_t since(clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start).count();
}

core::run_context named(core::run_context context, const std::string& component) {
  context.component = component;
  return context;
}

} // namespace

program_shared::program_shared(const checked_pipeline& pipeline, core::metrics_registry& registry)
    : metrics{registry} {
  for (const auto& node : pipeline.nodes)
    limiters.push_back(std::make_unique<error_limiter>(node.limit));
}

struct stage_program::step {
  step(std::size_t n, const pipeline_node& node, std::unique_ptr<core::transform> made,
       core::metrics_registry& registry)
      : node{n}, transform{std::move(made)}, metrics{registry, node_name(node), kind(node)},
        registry{registry} {}

  static const std::string& node_name(const pipeline_node& node) { return node.name; }
  static const char* kind(const pipeline_node& node) { return core::name(node.kind); }

  std::size_t node;
  std::unique_ptr<core::transform> transform; ///< null for the source itself and for a sink
  component_metrics metrics;
  core::metrics_registry& registry;
  std::vector<std::pair<std::string, core::counter*>> dropped;

  core::counter& dropped_by(const std::string& name, const char* cause) {
    for (auto& [known, counts] : dropped)
      if (known == cause)
        return *counts;
    dropped.emplace_back(cause, &dropped_counter(registry, name, cause));
    return *dropped.back().second;
  }
};

struct stage_program::sink_exit {
  std::size_t node = 0;
  std::unique_ptr<core::encoder> encoder; ///< null: the sink takes rows
  record_keys keys;
  std::unique_ptr<output_sealer> sealer; ///< null: it is written in clear
};

class stage_program::step_emitter final : public core::emitter {
public:
  step_emitter(stage_program& program, step& at, std::vector<program_output>* out,
               std::int64_t rows)
      : program_{program}, at_{at}, out_{out}, rows_{rows} {}

  void emit(std::size_t port, core::batch_ptr rows) override {
    if (rows->rows == 0)
      return;
    at_.metrics.records_out.add(rows->rows);
    program_.out_ = out_;
    program_.deliver({at_.node, port, false}, std::move(rows));
  }

  void fail(const core::batch_ptr& in, std::span<const core::row_error> errors) override {
    if (errors.empty())
      return;
    program_.out_ = out_;
    const auto& name = program_.pipeline_.nodes[at_.node].name;
    at_.metrics.errors.add(static_cast<std::int64_t>(errors.size()));
    program_.fail(at_.node, error_rows(*in, name, errors), errors);
    failed_.insert(failed_.end(), errors.begin(), errors.end());
  }

  void drop(std::int64_t rows, const char* cause) override {
    if (rows != 0)
      at_.dropped_by(program_.pipeline_.nodes[at_.node].name, cause).add(rows);
  }

  /// Tells the limits about the whole batch.
  void finish() {
    std::stable_sort(failed_.begin(), failed_.end(),
                     [](const auto& a, const auto& b) { return a.row < b.row; });
    program_.observe(at_.node, rows_, failed_);
  }

private:
  stage_program& program_;
  step& at_;
  std::vector<program_output>* out_;
  std::int64_t rows_;
  std::vector<core::row_error> failed_;
};

stage_program::stage_program(const checked_pipeline& pipeline, const execution_plan& plan,
                             std::size_t segment, program_shared& shared)
    : pipeline_{pipeline}, plan_{plan}, segment_{plan.segments[segment]}, shared_{shared} {}

stage_program::~stage_program() = default;

core::result<std::unique_ptr<stage_program>>
stage_program::make(const checked_pipeline& pipeline, const execution_plan& plan,
                    std::size_t segment, program_shared& shared, const core::run_context& context) {
  std::unique_ptr<stage_program> made{new stage_program(pipeline, plan, segment, shared)};
  LEPTON_TRY(made->instantiate(context));
  return made;
}

core::result<void> stage_program::instantiate(const core::run_context& context) {
  for (const auto node : segment_.nodes)
    LEPTON_TRY(add_step(node, context));
  for (const auto& exit : segment_.exits)
    LEPTON_TRY(add_sink_exit(exit, context));
  route_streams();
  return {};
}

core::result<void> stage_program::add_step(std::size_t n, const core::run_context& context) {
  const auto& node = pipeline_.nodes[n];
  std::unique_ptr<core::transform> transform;
  if (node.transform) {
    auto made = node.transform->make(named(context, node.name));
    if (!made)
      return made.error().with_context(node.name);
    transform = std::move(*made);
  } else if (node.decoder) {
    decoder_ = node.decoder->make();
    LEPTON_TRY(add_opener(node, context));
  }
  steps_.push_back(std::make_unique<step>(n, node, std::move(transform), shared_.metrics));
  return {};
}

core::result<void> stage_program::add_opener(const pipeline_node& node,
                                             const core::run_context& context) {
  if (!node.opening)
    return {};
  auto made = input_opener::make(*node.opening, node.source->line_based, named(context, node.name));
  if (!made)
    return made.error().with_context(node.name);
  opener_ = std::move(*made);
  return {};
}

core::result<void> stage_program::add_sink_exit(const plan_exit& exit,
                                                const core::run_context& context) {
  if (!exit.to_sink) {
    sink_exits_.push_back(nullptr);
    return {};
  }
  const auto& sink = pipeline_.nodes[exit.target];
  const auto schema = pipeline_.stream_schema(exit.stream);
  sink_exits_.push_back(std::make_unique<sink_exit>(
      sink_exit{exit.target, sink.sink->encodes ? sink.encoders[exit.input].make() : nullptr,
                record_keys{*schema, sink.sink->key, sink.sink->headers}, nullptr}));
  if (!sink.sealing)
    return {};
  auto sealer = output_sealer::make(*sink.sealing, *sink.sink, named(context, sink.name));
  if (!sealer)
    return sealer.error().with_context(sink.name);
  sink_exits_.back()->sealer = std::move(*sealer);
  return {};
}

void stage_program::route_streams() {
  for (std::size_t s = 0; s < steps_.size(); ++s)
    if (steps_[s]->transform)
      for (const auto& input : pipeline_.nodes[steps_[s]->node].inputs)
        consumers_of(input).steps.push_back(s);
  for (std::size_t e = 0; e < segment_.exits.size(); ++e)
    consumers_of(segment_.exits[e].stream).exits.push_back(e);
}

stage_program::consumers& stage_program::consumers_of(const stream_ref& stream) {
  for (auto& [known, who] : routes_)
    if (known == stream)
      return who;
  routes_.emplace_back(stream, consumers{});
  return routes_.back().second;
}

stage_program::step& stage_program::step_of(std::size_t node) {
  const auto found = std::find_if(steps_.begin(), steps_.end(),
                                  [&](const auto& step) { return step->node == node; });
  LEPTON_ASSERT(found != steps_.end());
  return **found;
}

/// `in` with its payloads in clear; what does not open has failed. `in` itself if it is in clear.
core::raw_batch_ptr stage_program::opened(const core::raw_batch_ptr& in) {
  if (!opener_ || !in->fault.empty())
    return in;
  auto made = opener_->open(in);
  if (!made.failed.empty()) {
    auto& source = *steps_.front();
    source.metrics.errors.add(static_cast<std::int64_t>(made.failed.size()));
    fail(source.node, error_rows(*in, pipeline_.nodes[source.node].name, made.failed), made.failed);
    observe(source.node, in->record_count, made.failed);
  }
  return std::move(made.batch);
}

void stage_program::run_raw(const core::raw_batch_ptr& from, std::vector<program_output>& out) {
  auto& source = *steps_.front();
  const auto start = clock::now();
  hold_ = {};
  out_ = &out;
  const auto in = opened(from);
  decoded_ = {};
  decoder_->decode(*in, decoded_);
  auto rows = core::make_ref<core::batch>(pipeline_.nodes[source.node].outputs[0].schema,
                                          std::move(decoded_.columns), decoded_.rows);
  rows->raw = in;
  rows->raw_rows = std::move(decoded_.raw_rows);
  source.metrics.process_seconds.record(since(start));
  source.metrics.batch_rows.record(in->record_count);
  source.metrics.records_in.add(in->record_count);
  source.metrics.bytes_in.add(from->byte_count);
  source.metrics.records_out.add(rows->rows);
  if (!decoded_.errors.empty()) {
    source.metrics.errors.add(static_cast<std::int64_t>(decoded_.errors.size()));
    fail(source.node, error_rows(*in, pipeline_.nodes[source.node].name, decoded_.errors),
         decoded_.errors);
  }
  observe(source.node, in->record_count, decoded_.errors);
  if (rows->rows != 0)
    deliver({source.node, 0, false}, std::move(rows));
}

void stage_program::run(std::span<const stream_ref> streams, std::span<const core::batch_ptr> in,
                        std::span<std::vector<program_output>> out) {
  hold_ = {};
  std::size_t begin = 0;
  while (begin < in.size()) { // runs of the same stream go through the first step together
    std::size_t end = begin + 1;
    while (end < in.size() && streams[end] == streams[begin])
      ++end;
    std::vector<std::vector<program_output>*> outs;
    for (std::size_t i = begin; i < end; ++i)
      outs.push_back(&out[i]);
    const auto& who = consumers_of(streams[begin]);
    for (const auto s : who.steps)
      run_step(*steps_[s], in.subspan(begin, end - begin), outs);
    begin = end;
  }
}

void stage_program::run_failed(const core::batch_ptr& in, std::span<const core::row_error> errors,
                               std::vector<program_output>& out) {
  auto& sink = *steps_.front();
  hold_ = {};
  out_ = &out;
  sink.metrics.errors.add(static_cast<std::int64_t>(errors.size()));
  fail(sink.node, error_rows(*in, pipeline_.nodes[sink.node].name, errors), errors);
  observe(sink.node, in->rows, errors);
}

void stage_program::run_step(step& at, std::span<const core::batch_ptr> in,
                             std::span<std::vector<program_output>* const> out) {
  const auto start = clock::now();
  std::vector<step_emitter> emitters;
  std::vector<core::emitter*> pointers;
  emitters.reserve(in.size());
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    emitters.emplace_back(*this, at, out[i], in[i]->rows);
    pointers.push_back(&emitters.back());
    rows += in[i]->rows;
  }
  at.metrics.records_in.add(rows);
  at.metrics.batch_rows.record(rows);
  const auto before = std::exchange(inner_ns_, 0);
  at.transform->process(in, pointers);
  for (auto& emitter : emitters)
    emitter.finish();
  hold_ = std::max(hold_, at.transform->hold());
  const auto spent = since(start);
  at.metrics.process_seconds.record(spent - inner_ns_);
  inner_ns_ = before + spent;
}

void stage_program::deliver(const stream_ref& stream, core::batch_ptr rows) {
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const auto& route) { return route.first == stream; });
  if (found == routes_.end()) {
    if (!stream.errors)
      step_of(stream.node)
          .dropped_by(pipeline_.nodes[stream.node].name, "unconsumed")
          .add(rows->rows);
    return;
  }
  const auto kept = pruned(stream, std::move(rows));
  auto* const out = out_;
  for (const auto s : found->second.steps) {
    run_step(*steps_[s], {&kept, 1}, {&out, 1});
    out_ = out;
  }
  for (const auto e : found->second.exits) {
    leave(e, kept);
    out_ = out;
  }
}

core::batch_ptr stage_program::pruned(const stream_ref& stream, core::batch_ptr rows) const {
  const auto& ports = plan_.needed[stream.node];
  const auto& needed = stream.errors ? ports.back() : ports[stream.port];
  bool all = true;
  for (std::size_t i = 0; i < needed.size(); ++i)
    all = all && (needed[i] || !rows->columns[i]);
  if (all)
    return rows;
  auto columns = rows->columns;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (!needed[i])
      columns[i] = nullptr;
  return core::with_columns(*rows, rows->schema, std::move(columns));
}

void stage_program::leave(std::size_t e, const core::batch_ptr& rows) {
  program_output output{e, rows, nullptr, {}};
  if (auto* sink = sink_exits_[e].get(); sink && sink->encoder) {
    output.encoded = core::make_ref<core::encoded_batch>();
    output.encoded->input = static_cast<std::uint32_t>(segment_.exits[e].input);
    sink->encoder->encode(rows, *output.encoded, output.failed);
    if (!sink->keys.empty())
      sink->keys.add(*output.encoded);
    if (sink->sealer)
      sink->sealer->seal(*output.encoded, output.failed);
  }
  out_->push_back(std::move(output));
}

void stage_program::observe(std::size_t n, std::int64_t rows,
                            std::span<const core::row_error> errors) {
  if (auto why = shared_.limiters[n]->observe(rows, errors))
    stop(n, *why);
}

void stage_program::fail(std::size_t n, core::batch_ptr failed,
                         std::span<const core::row_error> errors) {
  const auto& node = pipeline_.nodes[n];
  switch (node.on_error) {
    case error_policy::drop: step_of(n).dropped_by(node.name, "error").add(failed->rows); break;
    case error_policy::route:
      step_of(n).metrics.dead_lettered.add(failed->rows);
      deliver({n, 0, true}, std::move(failed));
      break;
    case error_policy::stop: {
      const auto& first = errors.front();
      const auto topic = failed->columns[3]->string_at(0);
      stop(n, fmt::format("{} (topic or file '{}', partition {}, offset {}); on_error is stop: "
                          "write `inputs: [{}.errors]` in a sink to keep such records, or set "
                          "`on_error: drop`",
                          first.reason, topic, failed->columns[4]->as<std::int32_t>()[0],
                          failed->columns[5]->as<std::int64_t>()[0], node.name));
    }
  }
}

void stage_program::stop(std::size_t node, const std::string& why) {
  if (!stop_reason_)
    stop_reason_ = fmt::format("{} `{}`: {}", core::name(pipeline_.nodes[node].kind),
                               pipeline_.nodes[node].name, why);
}

} // namespace lepton::pipelines
