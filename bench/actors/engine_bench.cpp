// What the actors cost: the same stages in a plain loop, and in the engine.
#include "actors/runtime.hpp"
#include "bench/actors/prepared_source.hpp"
#include "pipelines/config/load.hpp"
#include "pipelines/stage_program.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <thread>

namespace {

using namespace lepton;
using clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

/// Payments -> decode -> features -> model -> null; `hop` leaves features and model out.
pipelines::checked_pipeline pipeline(std::int64_t records, std::int64_t batch, int workers,
                                     bool hop, std::int64_t rate = 0) {
  const auto text = fmt::format(R"(
pipeline: engine
settings: {{workers: {}}}
sources:
  tx: {{type: prepared, records: {}, batch: {}, rate: {}}}
{}
sinks:
  out: {{type: "null", inputs: [{}]}}
)",
                                workers, records, batch, rate,
                                hop ? ""
                                    : "transforms:\n  features: {type: features, inputs: [tx]}\n"
                                      "  score: {type: mlp, inputs: [features]}",
                                hop ? "tx" : "score");
  core::catalog catalog;
  bench::register_prepared(catalog);
  core::diagnostics findings;
  auto checked = pipelines::check(text, "engine.yaml", catalog, findings);
  if (!checked) {
    fmt::print(stderr, "{}", core::render(findings, "engine.yaml", text));
    std::abort();
  }
  return std::move(*checked);
}

/// An engine that has next to nothing to do for five seconds: what its ticks and sleeping threads
/// take.
void idle(benchmark::State& state) {
  const auto checked = pipeline(6, 1, 2, false, 1);
  for (auto _ : state) {
    auto copy = checked;
    auto plan = pipelines::make_plan(copy);
    auto running = actors::runtime::start(std::move(copy), std::move(plan), {.exit_at_end = true});
    std::this_thread::sleep_for(std::chrono::milliseconds{500}); // starting is not idling
    const auto cpu = cpu_seconds();
    const auto start = clock::now();
    if (!running.ok() || !(*running)->wait_for(std::chrono::minutes{1}))
      state.SkipWithError("the run failed");
    state.counters["percent_of_a_core"] = (cpu_seconds() - cpu) / seconds_since(start) * 100;
  }
}
BENCHMARK(idle)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Runs to the end; what is measured is start to end, with the CPU time of all threads.
void run_engine(benchmark::State& state, const pipelines::checked_pipeline& checked,
                std::int64_t records) {
  bench::prepared_batches(1); // makes the records before the clock runs
  double cpu = 0;
  for (auto _ : state) {
    auto copy = checked;
    auto plan = pipelines::make_plan(copy);
    const auto cpu_before = cpu_seconds();
    const auto start = clock::now();
    auto running = actors::runtime::start(std::move(copy), std::move(plan), {.exit_at_end = true});
    const auto ended = running.ok() ? (*running)->wait_for(std::chrono::minutes{5}) : std::nullopt;
    state.SetIterationTime(seconds_since(start));
    cpu += cpu_seconds() - cpu_before;
    if (!ended || !ended->error.empty())
      state.SkipWithError("the run failed");
  }
  const auto total = static_cast<double>(state.iterations() * records);
  state.SetItemsProcessed(state.iterations() * records);
  state.counters["cpu_us_per_record"] = cpu / total * 1e6;
}

constexpr std::int64_t engine_records = 400'000;

void engine(benchmark::State& state) {
  run_engine(state,
             pipeline(engine_records, state.range(1), static_cast<int>(state.range(0)), false),
             engine_records);
}
BENCHMARK(engine)
    ->ArgNames({"workers", "batch"})
    ->ArgsProduct({{1, 2}, {512, 2048}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// Takes what left one segment through the ones behind it.
void go_on(const pipelines::execution_plan& plan, std::size_t from,
           std::vector<std::unique_ptr<pipelines::stage_program>>& programs,
           std::vector<pipelines::program_output>& outputs) {
  for (auto& output : outputs) {
    const auto& exit = plan.segments[from].exits[output.exit];
    if (exit.to_sink) {
      benchmark::DoNotOptimize(output.rows.get());
      continue;
    }
    std::vector<std::vector<pipelines::program_output>> next(1);
    programs[exit.target]->run({&exit.stream, 1}, {&output.rows, 1}, next);
    go_on(plan, exit.target, programs, next.front());
  }
}

/// The engine's own stages called one after the other by one thread.
void plain_loop(benchmark::State& state) {
  const auto checked = pipeline(engine_records, state.range(0), 1, false);
  const auto plan = pipelines::make_plan(checked);
  core::metrics_registry metrics;
  pipelines::program_shared shared{checked, metrics};
  std::vector<std::unique_ptr<pipelines::stage_program>> programs;
  for (std::size_t s = 0; s < plan.segments.size(); ++s) {
    auto made = pipelines::stage_program::make(checked, plan, s, shared,
                                               {"", "", &metrics, nullptr, true, 0});
    programs.push_back(std::move(*made));
  }
  const auto batches = bench::prepared_batches(state.range(0));
  const auto cpu_before = cpu_seconds();
  for (auto _ : state) {
    const auto start = clock::now();
    for (std::int64_t done = 0, i = 0; done < engine_records; ++i) {
      const auto& batch = batches[static_cast<std::size_t>(i) % batches.size()];
      std::vector<pipelines::program_output> outputs;
      programs[0]->run_raw(batch, outputs);
      go_on(plan, 0, programs, outputs);
      done += batch->record_count;
    }
    state.SetIterationTime(seconds_since(start));
  }
  const auto total = static_cast<double>(state.iterations() * engine_records);
  state.SetItemsProcessed(state.iterations() * engine_records);
  state.counters["cpu_us_per_record"] = (cpu_seconds() - cpu_before) / total * 1e6;
}
BENCHMARK(plain_loop)
    ->ArgName("batch")
    ->Arg(512)
    ->Arg(2048)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// One record a batch, next to no work: source -> router -> stage -> sink and back, per batch.
void router_hop(benchmark::State& state) {
  constexpr std::int64_t batches = 50'000;
  run_engine(state, pipeline(batches, 1, static_cast<int>(state.range(0)), true), batches);
}
BENCHMARK(router_hop)
    ->ArgName("workers")
    ->Arg(1)
    ->Arg(2)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// 20,000 records a second in batches of 100, for a second: from the hand-over by the source to the
/// settled write, all work included.
void latency(benchmark::State& state) {
  const bool hop = state.range(0) == 0;
  const auto checked = pipeline(20'000, 100, 1, hop, 20'000);
  for (auto _ : state) {
    auto copy = checked;
    auto plan = pipelines::make_plan(copy);
    auto running = actors::runtime::start(std::move(copy), std::move(plan), {.exit_at_end = true});
    if (!running.ok() || !(*running)->wait_for(std::chrono::minutes{1}))
      state.SkipWithError("the run failed");
    const auto& values =
        (*running)->metrics().histogram(core::metric::latency_seconds, {{"component", "out"}});
    state.counters["p50_us"] = static_cast<double>(values.quantile(0.5)) / 1e3;
    state.counters["p99_us"] = static_cast<double>(values.quantile(0.99)) / 1e3;
  }
}
BENCHMARK(latency)->ArgName("work")->Arg(0)->Arg(1)->Iterations(2)->Unit(benchmark::kMillisecond);

} // namespace
