#include "kernels/train/learner.hpp"
#include "tests/kernels/onnx_writer.hpp"

#include <benchmark/benchmark.h>

// What a training step costs on one thread: forward, loss, backward and Adam.
// `bench/train_vs_pytorch.py` runs these beside PyTorch.

namespace lepton::bench {

namespace {

using namespace kernels::train;

network_spec perceptron() {
  network_spec spec;
  spec.width = 30;
  spec.layers = {dense(64), layer(layer_type::relu), dense(32), layer(layer_type::relu), dense(1)};
  return spec;
}

network_spec wide_perceptron() {
  network_spec spec;
  spec.width = 256;
  spec.layers = {dense(512), layer(layer_type::relu), dense(256), layer(layer_type::relu),
                 dense(1)};
  return spec;
}

/// The classic form: two convolutions, a pool, a dense layer with dropout, log-softmax.
network_spec convolutional(std::int64_t channels, std::int64_t side) {
  network_spec spec;
  spec.channels = channels;
  spec.height = spec.width = side;
  spec.layers = {conv2d(64, 3),
                 layer(layer_type::relu),
                 conv2d(128, 3),
                 layer(layer_type::relu),
                 max_pool(2),
                 layer(layer_type::flatten),
                 dense(128),
                 layer(layer_type::relu),
                 dropout(0.5f),
                 dense(10),
                 layer(layer_type::log_softmax)};
  spec.loss.kind = loss_function::cross_entropy;
  return spec;
}

void step(benchmark::State& state, network_spec spec, const char* target) {
  const std::int64_t rows = state.range(0);
  spec.max_batch = rows;
  auto model = learner::make(spec, target);
  if (!model) {
    state.SkipWithError(model.error().message().c_str());
    return;
  }
  const auto x = tests::random_floats(static_cast<std::size_t>(rows * (*model)->inputs()), 1.0f, 7);
  std::vector<float> labels;
  for (std::int64_t i = 0; i < rows; ++i)
    labels.push_back(static_cast<float>(i * 7 % 3 % 2));
  for (auto _ : state) {
    const auto report = (*model)->step({x.data(), labels.data(), nullptr, rows});
    if (!report || report->outcome != step_outcome::learned)
      state.SkipWithError("the step was not applied");
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.SetLabel((*model)->backend());
}

#define LEPTON_TRAIN_BENCH(name, spec, ...)                                                        \
  BENCHMARK_CAPTURE(step, name, spec, "")->ArgName("rows")->__VA_ARGS__;                           \
  BENCHMARK_CAPTURE(step, name##_avx2, spec, "avx2")->ArgName("rows")->__VA_ARGS__

LEPTON_TRAIN_BENCH(mlp, perceptron(), Arg(32)->Arg(64)->Arg(128)->Arg(256));
LEPTON_TRAIN_BENCH(mlp_wide, wide_perceptron(), Arg(256));
LEPTON_TRAIN_BENCH(cnn_1x28, convolutional(1, 28), Arg(32));
LEPTON_TRAIN_BENCH(cnn_3x32, convolutional(3, 32), Arg(32));

} // namespace
} // namespace lepton::bench
