#include "kernels/stream/adwin.hpp"
#include "kernels/stream/hashed_logistic.hpp"
#include "kernels/stream/online_network.hpp"
#include "kernels/stream/progressive_metrics.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

// How fast learners of streams take rows, and how well they score rows that they have not yet seen.
// `bench/online_vs_others.py` gives its records to these in LEPTON_BENCH_STREAM: for each row 20
// float32 features and the label, 0 or 1.

namespace lepton::bench {

namespace {

using namespace kernels::stream;
using namespace kernels::train;

constexpr std::int64_t features = 20;

struct records {
  std::vector<float> x, labels;
  std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
};

records from_file(const char* path) {
  records to;
  std::ifstream file{path, std::ios::binary};
  float row[features + 1];
  while (file.read(reinterpret_cast<char*>(row), sizeof row)) {
    to.x.insert(to.x.end(), row, row + features);
    to.labels.push_back(row[features]);
  }
  return to;
}

records made_up() {
  records to;
  std::mt19937 random{1};
  std::normal_distribution<float> normal;
  for (int i = 0; i < 50000; ++i) {
    for (std::int64_t f = 0; f < features; ++f)
      to.x.push_back(normal(random));
    const float* x = &to.x[to.x.size() - features];
    to.labels.push_back(x[0] + x[1] * x[2] + normal(random) > 3 ? 1.0f : 0.0f);
  }
  return to;
}

const records& stream() {
  const char* path = std::getenv("LEPTON_BENCH_STREAM");
  static const records all = path ? from_file(path) : made_up();
  return all;
}

void report(benchmark::State& state, const progressive_metrics& m) {
  state.SetItemsProcessed(state.iterations() * stream().rows());
  state.counters["auc"] = m.auc();
  state.counters["pr_auc"] = m.pr_auc();
  state.counters["log_loss"] = m.log_loss();
}

/// One row after the other, scaled and hashed.
void logistic(benchmark::State& state) {
  const auto& all = stream();
  progressive_metrics metrics;
  for (auto _ : state) {
    metrics = progressive_metrics{};
    auto model = std::move(*hashed_logistic::make({18, 0.2f, 1, 0, 0, 5000}));
    running_scaler scaler{features};
    std::vector<hashed_feature> row;
    for (std::uint64_t f = 0; f < features; ++f)
      row.push_back({model.place(f), 0});
    row.push_back(model.bias());
    float scaled[features];
    for (std::int64_t i = 0; i < all.rows(); ++i) {
      const float* x = all.x.data() + i * features;
      scaler.learn(x, 1);
      scaler.apply(x, 1, scaled);
      for (std::size_t f = 0; f < features; ++f)
        row[f].value = scaled[f];
      const bool label = all.labels[static_cast<std::size_t>(i)] == 1;
      metrics.add(model.learn(row, label), label);
    }
  }
  report(state, metrics);
}
BENCHMARK(logistic)->Unit(benchmark::kMillisecond);

/// A small network with a replay buffer, in steps of 16 rows of which half are replayed.
void network(benchmark::State& state) {
  const auto& all = stream();
  network_spec spec;
  spec.width = features;
  spec.layers = {dense(32), layer(layer_type::relu), dense(16), layer(layer_type::relu), dense(1)};
  spec.optimiser.rate = 3e-3f;
  spec.clip_norm = 1;
  spec.max_batch = 16;
  online_options options;
  options.replay_capacity = 4096;
  options.replay_balance = 0.5;
  options.replay_correction = 1;
  progressive_metrics metrics;
  std::vector<float> y(all.labels.size());
  for (auto _ : state) {
    metrics = progressive_metrics{};
    const auto model = std::move(*online_network::make(spec, options));
    if (!model->learn(all.x.data(), all.labels.data(), all.rows(), y.data()))
      state.SkipWithError("a step failed");
    for (std::size_t i = 0; i < y.size(); ++i)
      metrics.add(static_cast<double>(y[i]), all.labels[i] == 1);
  }
  report(state, metrics);
}
BENCHMARK(network)->Unit(benchmark::kMillisecond);

void drift_adwin(benchmark::State& state) {
  adwin detector;
  std::mt19937 random{1};
  for (auto _ : state)
    benchmark::DoNotOptimize(detector.add(random() % 10 == 0 ? 1 : 0));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(drift_adwin);

} // namespace
} // namespace lepton::bench
