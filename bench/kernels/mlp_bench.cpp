#include "bench/kernels/dnnl_mlp.hpp"
#include "kernels/cpu/native_model.hpp"
#include "kernels/cpu/recognise.hpp"
#include "kernels/openvino/openvino_model.hpp"
#include "tests/kernels/onnx_writer.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>

// How many rows a second one thread scores, for two perceptrons and several batch sizes: Lepton's
// own code for each kind of CPU, oneDNN, and OpenVINO.

namespace lepton::bench {

namespace {

using kernels::cpu::cpu_target;

const std::vector<std::int64_t>& shape_of(std::int64_t which) {
  static const std::vector<std::int64_t> shapes[] = {{30, 64, 32, 1}, {256, 512, 256, 1}};
  return shapes[which];
}

/// A model file, rows to score, and the scores that the generic code gives.
struct problem {
  explicit problem(const benchmark::State& state)
      : rows{state.range(1)}, file{tests::mlp_file(shape_of(state.range(0)))},
        parsed{*kernels::onnx::read_model(tests::as_bytes(file))},
        net{*kernels::cpu::recognise(parsed)},
        x{tests::random_floats(static_cast<std::size_t>(rows * net.inputs), 1.0f, 7)},
        y(static_cast<std::size_t>(rows * net.outputs())) {}

  std::int64_t rows;
  std::string file;
  kernels::onnx::model parsed;
  kernels::cpu::dense_network net;
  std::vector<float> x;
  std::vector<float> y;
};

/// A number that was computed wrongly says nothing about speed.
void check(problem& p, const float* y, benchmark::State& state) {
  auto packed = std::make_shared<const kernels::cpu::packed_network>(p.net, cpu_target::generic);
  kernels::cpu::native_model reference{packed, ""};
  std::vector<float> expected(p.y.size());
  if (!reference.run(p.x.data(), p.rows, expected.data()))
    state.SkipWithError("the reference failed");
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(expected[i] - y[i]) <= 1e-5f))
      state.SkipWithError("the scores differ from the reference");
}

void finish(const problem& p, benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * p.rows);
  std::int64_t products = 0;
  for (const auto& layer : p.net.layers)
    products += layer.inputs * layer.outputs;
  state.counters["GFLOPS"] = benchmark::Counter(2e-9 * static_cast<double>(products * p.rows),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void score(kernels::model& model, problem& p, benchmark::State& state) {
  for (auto _ : state) {
    if (!model.run(p.x.data(), p.rows, p.y.data()))
      state.SkipWithError("the model failed");
    benchmark::DoNotOptimize(p.y.data());
    benchmark::ClobberMemory();
  }
  check(p, p.y.data(), state);
  finish(p, state);
}

void native(benchmark::State& state, cpu_target target) {
  if (!can_run(target)) {
    state.SkipWithError("this CPU lacks the instructions");
    return;
  }
  problem p{state};
  kernels::cpu::native_model model{
      std::make_shared<const kernels::cpu::packed_network>(p.net, target), ""};
  score(model, p, state);
}

void openvino(benchmark::State& state) {
  problem p{state};
  auto compiled = kernels::openvino::compiled_model::make(tests::as_bytes(p.file), 0, 1);
  if (!compiled) {
    state.SkipWithError(compiled.error().message().c_str());
    return;
  }
  auto model = kernels::openvino::openvino_model::make(*compiled);
  score(**model, p, state);
}

void onednn(benchmark::State& state) {
  // Read by its runtime at the first call.
  ::setenv("OMP_NUM_THREADS", "1", 1);
  problem p{state};
  dnnl_mlp model{p.net, p.rows};
  for (auto _ : state) {
    model.run(p.x.data());
    benchmark::ClobberMemory();
  }
  check(p, model.output(), state);
  finish(p, state);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"shape", "rows"})->ArgsProduct({{0, 1}, {1, 32, 256, 1024}});
}

BENCHMARK_CAPTURE(native, generic, cpu_target::generic)->Apply(sizes);
BENCHMARK_CAPTURE(native, avx2, cpu_target::avx2)->Apply(sizes);
BENCHMARK_CAPTURE(native, avx512, cpu_target::avx512)->Apply(sizes);
BENCHMARK(onednn)->Apply(sizes);
BENCHMARK(openvino)->Apply(sizes);

} // namespace
} // namespace lepton::bench
