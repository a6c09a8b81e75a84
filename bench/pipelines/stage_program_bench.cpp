// What the operators cost a row, alone and in a segment (source, derive, filter, sink) without
// actors.
#include "bench/pipelines/card_rows.hpp"
#include "core/catalog.hpp"
#include "pipelines/operators/register_all.hpp"
#include "pipelines/stage_program.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace lepton;

constexpr std::int64_t batch_rows = 1024;

const core::batch_ptr& rows() {
  static const auto made = bench::card_rows(batch_rows);
  return made;
}

core::value text(const char* value) {
  return {std::string{value}, {}};
}

core::config features() {
  const core::value_map columns{{"log_amount", {}, text("log(amount)")},
                                {"hour", {}, text("double(hour(ts)) / 24.0")}};
  return core::config{{core::value_map{{"columns", {}, {columns, {}}}}, {}}};
}

core::config where(const char* condition) {
  return core::config{{core::value_map{{"where", {}, text(condition)}}, {}}};
}

core::bound_transform bound(const char* type, const core::config& config,
                            const core::schema_ptr& input) {
  core::catalog catalog;
  pipelines::register_operators(catalog);
  core::diagnostics findings;
  core::bind_context context;
  context.findings = &findings;
  for (const auto& entry : catalog.transforms())
    if (entry.spec.type == type)
      return *entry.bind(config, input, context);
  std::abort();
}

class counting_emitter final : public core::emitter {
public:
  void emit(std::size_t, core::batch_ptr batch) override { rows += batch->rows; }
  void fail(const core::batch_ptr&, std::span<const core::row_error>) override {}
  void drop(std::int64_t, const char*) override {}
  std::int64_t rows = 0;
};

void operate(benchmark::State& state, const char* type, const core::config& config) {
  const auto made = bound(type, config, rows()->schema).make({}).value();
  counting_emitter out;
  for (auto _ : state)
    made->process(rows(), out);
  benchmark::DoNotOptimize(out.rows);
  state.SetItemsProcessed(state.iterations() * batch_rows);
}
BENCHMARK_CAPTURE(operate, derive, "derive", features());
BENCHMARK_CAPTURE(operate, filter_few, "filter", where("score > 0.99"));
BENCHMARK_CAPTURE(operate, filter_half, "filter", where("score > 0.5"));
BENCHMARK_CAPTURE(operate, filter_none, "filter", where("score >= 0.0"));

/// Hands out the same columns for each raw batch, so that only the program is measured.
class ready_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch&, core::decoded& out) override {
    out.columns = rows()->columns;
    out.rows = batch_rows;
  }
};

class ready_records final : public core::raw_batch {
public:
  ready_records() {
    topic = std::make_shared<const std::string>("bench");
    record_count = batch_rows;
  }
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::vector<core::raw_record> records_ = std::vector<core::raw_record>(batch_rows);
};

pipelines::pipeline_node node(core::component_kind kind, const char* name) {
  pipelines::pipeline_node out;
  out.kind = kind;
  out.name = name;
  return out;
}

pipelines::checked_pipeline pipeline() {
  using core::component_kind;
  pipelines::checked_pipeline out;
  auto source = node(component_kind::source, "tx");
  source.outputs = {{"", rows()->schema}};
  source.source = core::bound_source{};
  source.decoder =
      core::bound_decoder{rows()->schema, [] { return std::make_unique<ready_decoder>(); }};
  auto derive = node(component_kind::transform, "features");
  derive.inputs = {{0, 0, false}};
  derive.transform = bound("derive", features(), rows()->schema);
  derive.outputs = derive.transform->outputs;
  auto filter = node(component_kind::transform, "alerts");
  filter.inputs = {{1, 0, false}};
  filter.transform = bound("filter", where("score > 0.99"), derive.outputs[0].schema);
  filter.outputs = filter.transform->outputs;
  auto sink = node(component_kind::sink, "out");
  sink.inputs = {{1, 0, false}, {2, 0, false}};
  sink.sink = core::bound_sink{};
  sink.sink->encodes = false;
  sink.sink->headers = {"tx_id", "log_amount", "hour", "f", "score"};
  out.nodes = {source, derive, filter, sink};
  return out;
}

void run_segment(benchmark::State& state) {
  const auto checked = pipeline();
  const auto plan = pipelines::make_plan(checked);
  core::metrics_registry metrics;
  pipelines::program_shared shared{checked, metrics};
  core::run_context context;
  context.metrics = &metrics;
  const auto program = pipelines::stage_program::make(checked, plan, 0, shared, context).value();
  const core::raw_batch_ptr records = core::make_ref<ready_records>();
  std::vector<pipelines::program_output> out;
  for (auto _ : state) {
    out.clear();
    program->run_raw(records, out);
  }
  state.SetItemsProcessed(state.iterations() * batch_rows);
}
BENCHMARK(run_segment);

} // namespace
