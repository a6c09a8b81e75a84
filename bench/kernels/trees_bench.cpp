#include "bench/kernels/xgboost_library.hpp"
#include "kernels/load_model.hpp"
#include "kernels/trees/tree_model.hpp"
#include "tests/kernels/onnx_writer.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <random>

// How many rows a second one thread scores with 500 trees of depth 6, for several batch sizes:
// Lepton's own code for each kind of CPU, and XGBoost's predictor where LEPTON_XGBOOST names its
// library and LEPTON_TREES a model file (bench/trees_vs_xgboost.py sets both). Without a file the
// trees are random.

namespace lepton::bench {

namespace {

using kernels::cpu::cpu_target;
namespace trees = kernels::trees;

constexpr std::int64_t most_rows = 1024;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Complete trees of depth 6 over 30 features, 256 thresholds for each.
trees::tree_ensemble random_trees() {
  std::mt19937 random{5};
  trees::tree_ensemble to;
  to.kind = "random";
  to.inputs = 30;
  to.base = {0.0};
  to.link.function = trees::link_function::logistic;
  for (int t = 0; t < 500; ++t) {
    auto& tree = to.trees.emplace_back();
    for (std::int32_t i = 0; i < 127; ++i) {
      auto& node = tree.nodes.emplace_back();
      if (i >= 63) {
        node.yes = i - 63;
        tree.values.push_back(std::normal_distribution{0.0, 0.1}(random));
        continue;
      }
      node.test = trees::test::at_most;
      node.feature = static_cast<std::int32_t>(random() % 30);
      node.threshold = static_cast<float>(random() % 256) / 64.0f - 2.0f;
      node.yes = 2 * i + 1;
      node.no = 2 * i + 2;
    }
  }
  return to;
}

const trees::tree_ensemble& ensemble() {
  static const trees::tree_ensemble loaded = [] {
    const auto path = environment("LEPTON_TREES");
    if (path.empty())
      return random_trees();
    const auto file = kernels::model_file::read(path);
    return file && file->trees() ? *file->trees() : random_trees();
  }();
  return loaded;
}

const std::vector<float>& rows() {
  static const auto x =
      tests::random_floats(static_cast<std::size_t>(most_rows * ensemble().inputs), 1.0f, 9);
  return x;
}

/// Scores that another implementation gave wrongly say nothing about speed.
void check(const float* y, std::int64_t count, benchmark::State& state) {
  trees::tree_model reference{
      std::make_shared<const trees::packed_trees>(ensemble(), cpu_target::generic), ""};
  std::vector<float> expected(static_cast<std::size_t>(count * reference.outputs()));
  if (!reference.run(rows().data(), count, expected.data()))
    state.SkipWithError("the reference failed");
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(expected[i] - y[i]) <= 1e-5f))
      state.SkipWithError("the scores differ from the reference");
}

void native(benchmark::State& state, cpu_target target) {
  if (!can_run(target)) {
    state.SkipWithError("this CPU lacks the instructions");
    return;
  }
  trees::tree_model model{std::make_shared<const trees::packed_trees>(ensemble(), target), ""};
  std::vector<float> y(static_cast<std::size_t>(most_rows * model.outputs()));
  for (auto _ : state) {
    if (!model.run(rows().data(), state.range(0), y.data()))
      state.SkipWithError("the model failed");
    benchmark::ClobberMemory();
  }
  check(y.data(), state.range(0), state);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

std::unique_ptr<xgboost_library> peer(benchmark::State& state) {
  auto library = xgboost_library::open(environment("LEPTON_XGBOOST"), environment("LEPTON_TREES"));
  if (!library)
    state.SkipWithError("LEPTON_XGBOOST and LEPTON_TREES do not name a library and a model");
  return library;
}

void xgboost_in_place(benchmark::State& state) {
  const auto library = peer(state);
  if (!library)
    return;
  const float* y = nullptr;
  for (auto _ : state)
    y = library->predict(rows().data(), state.range(0), ensemble().inputs);
  if (!y)
    return state.SkipWithError("XGBoost failed");
  check(y, state.range(0), state);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// From XGBoost's own form of the rows; the time that it takes to make that is left out.
void xgboost_matrix(benchmark::State& state) {
  const auto library = peer(state);
  if (!library)
    return;
  std::vector<void*> matrices(static_cast<std::size_t>(state.max_iterations));
  for (auto& matrix : matrices)
    matrix = library->make_matrix(rows().data(), state.range(0), ensemble().inputs);
  const float* y = nullptr;
  std::size_t next = 0;
  for (auto _ : state)
    y = library->predict(matrices[next++]);
  if (y)
    check(y, state.range(0), state);
  else
    state.SkipWithError("XGBoost failed");
  for (void* matrix : matrices)
    library->free_matrix(matrix);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgName("rows")->Arg(1)->Arg(32)->Arg(256)->Arg(1024)->UseRealTime();
}

BENCHMARK_CAPTURE(native, trees_generic, cpu_target::generic)->Apply(sizes);
BENCHMARK_CAPTURE(native, trees_avx2, cpu_target::avx2)->Apply(sizes);
BENCHMARK_CAPTURE(native, trees_avx512, cpu_target::avx512)->Apply(sizes);
BENCHMARK(xgboost_in_place)->Name("trees/xgboost_in_place")->Apply(sizes);
BENCHMARK(xgboost_matrix)->Name("trees/xgboost_matrix")->Apply(sizes)->Iterations(50);

} // namespace
} // namespace lepton::bench
