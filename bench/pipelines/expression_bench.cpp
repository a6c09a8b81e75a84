// What one expression costs a row, in batches of 1024: the expressions of the shipped pipelines,
// and a loop by hand for the dearest of them.
#include "bench/pipelines/card_rows.hpp"
#include "pipelines/expression/expression.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

namespace {

using namespace lepton;

constexpr std::int64_t batch_rows = 1024;

const core::batch& rows() {
  static const auto made = bench::card_rows(batch_rows);
  return *made;
}

pipelines::expression_evaluator evaluator(const char* text) {
  core::diagnostics findings;
  return pipelines::expression_evaluator{*pipelines::compile(text, *rows().schema, {}, findings)};
}

void column_of(benchmark::State& state, const char* text) {
  auto evaluated = evaluator(text);
  std::vector<core::row_error> errors;
  for (auto _ : state)
    benchmark::DoNotOptimize(evaluated.evaluate(rows(), errors));
  state.SetItemsProcessed(state.iterations() * batch_rows);
}
BENCHMARK_CAPTURE(column_of, log, "log(amount)");
BENCHMARK_CAPTURE(column_of, hour, "double(hour(ts)) / 24.0");
BENCHMARK_CAPTURE(column_of, ratio, "amount / max(score, 1.0)");
BENCHMARK_CAPTURE(column_of, text, "tx_id.endsWith('7')");

void rows_where(benchmark::State& state, const char* text) {
  auto evaluated = evaluator(text);
  std::vector<core::row_error> errors;
  for (auto _ : state)
    benchmark::DoNotOptimize(evaluated.evaluate_predicate(rows(), errors));
  state.SetItemsProcessed(state.iterations() * batch_rows);
}
BENCHMARK_CAPTURE(rows_where, score, "score > 0.9");
BENCHMARK_CAPTURE(rows_where, either, "score > 0.9 || amount < 2.0");

void log_by_hand(benchmark::State& state) {
  const auto amount = rows()[2].as<double>();
  std::vector<double> out(amount.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < amount.size(); ++i)
      out[i] = std::log(amount[i]);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * batch_rows);
}
BENCHMARK(log_by_hand);

} // namespace
