#include "kernels/cpu/native_model.hpp"
#include "kernels/infer/infer_transform.hpp"
#include "kernels/load_model.hpp"
#include "tests/kernels/onnx_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <benchmark/benchmark.h>

// What `infer` costs around the model: gathering columns, looking for missing values, writing
// scores.

namespace lepton::bench {

namespace {

class discard final : public core::emitter {
public:
  void emit(std::size_t, core::batch_ptr rows) override { benchmark::DoNotOptimize(rows); }
  void fail(const core::batch_ptr&, std::span<const core::row_error>) override {}
  void drop(std::int64_t, const char*) override {}
};

core::column_ptr random_column(const char* type, std::int64_t rows) {
  auto c = core::make_ref<core::column>(*core::parse_data_type(type));
  c->resize_rows(rows);
  if (c->type.id == core::type_id::float64)
    for (auto& v : c->as_mutable<double>())
      v = 0.5;
  else {
    const auto values = tests::random_floats(c->as<float>().size(), 1.0f, 3);
    std::copy(values.begin(), values.end(), c->as_mutable<float>().begin());
  }
  return c;
}

/// The card pipeline's rows: 28 numbers in a list and two columns of float64.
core::batch_ptr card_rows(std::int64_t rows) {
  const auto schema = std::make_shared<const core::schema>(
      std::vector<core::field>{{"f", *core::parse_data_type("float32[28]")},
                               {"log_amount", {core::type_id::float64}},
                               {"hour", {core::type_id::float64}}});
  return core::make_ref<core::batch>(
      schema,
      std::vector<core::column_ptr>{random_column("float32[28]", rows),
                                    random_column("float64", rows), random_column("float64", rows)},
      rows);
}

kernels::infer_plan plan_for(const core::schema& input) {
  std::vector<kernels::feature> features;
  for (std::size_t i = 0; i < input.size(); ++i)
    features.push_back({input[i].name, i, input[i].type});
  auto fields = input.fields();
  fields.push_back({"score", {core::type_id::float32}});
  kernels::infer_plan plan{"score", "m", kernels::feature_gather{std::move(features)}};
  plan.schema = std::make_shared<const core::schema>(std::move(fields));
  return plan;
}

/// `batches` batches of `rows` rows in one call, as they wait before an inference actor.
void infer(benchmark::State& state) {
  const tests::temp_dir dir;
  const auto model = kernels::load_model(dir.write("m.onnx", tests::mlp_file({30, 64, 32, 1})), {});
  const auto batch = card_rows(state.range(0));
  const std::vector<core::batch_ptr> in(static_cast<std::size_t>(state.range(1)), batch);
  kernels::infer_transform transform{
      std::make_shared<const kernels::infer_plan>(plan_for(*batch->schema)),
      std::move(*(*model)->instance())};
  discard out;
  const std::vector<core::emitter*> outs(in.size(), &out);
  for (auto _ : state)
    transform.process(in, outs);
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(infer)
    ->ArgNames({"rows", "batches"})
    ->Args({1024, 1})
    ->Args({64, 16})
    ->Args({1, 64})
    ->Args({1, 1});

void gather(benchmark::State& state) {
  const auto batch = card_rows(1024);
  const auto plan = plan_for(*batch->schema);
  std::vector<float> x(1024 * 30);
  for (auto _ : state) {
    plan.features.gather(*batch, 0, 1024, x.data());
    benchmark::DoNotOptimize(kernels::all_finite(x.data(), 1024 * 30));
  }
  state.SetItemsProcessed(state.iterations() * 1024);
}
BENCHMARK(gather);

} // namespace
} // namespace lepton::bench
