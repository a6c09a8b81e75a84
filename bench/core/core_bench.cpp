// What every batch pays: metrics, deliveries, and taking rows.
#include "core/batch.hpp"
#include "core/delivery.hpp"
#include "core/metrics.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace lepton;

constexpr std::int64_t rows = 1024;

void histogram_record(benchmark::State& state) {
  core::histogram values;
  std::int64_t value = 1;
  for (auto _ : state)
    values.record(value = value * 5 % 1'000'003);
  benchmark::DoNotOptimize(values.count());
}
BENCHMARK(histogram_record);

class observer final : public core::delivery_observer {
public:
  void settled(core::raw_batch_ptr, core::settlement) noexcept override { ++count; }
  std::int64_t count = 0;
};

/// A delivery with two more shares, settled.
void delivery_round(benchmark::State& state) {
  const auto watch = std::make_shared<observer>();
  for (auto _ : state) {
    core::delivery first{core::raw_batch_ptr{}, watch};
    auto second = first.fork();
    auto third = first.fork();
    first.done();
    second.done();
    third.done();
  }
  benchmark::DoNotOptimize(watch->count);
}
BENCHMARK(delivery_round);

core::column_ptr numbers() {
  auto made = core::make_ref<core::column>(core::data_type{core::type_id::float64});
  made->resize_rows(rows);
  for (std::size_t i = 0; i < rows; ++i)
    made->as_mutable<double>()[i] = static_cast<double>(i);
  return made;
}

core::column_ptr words() {
  auto made = core::make_ref<core::column>(core::data_type{core::type_id::string});
  for (std::int64_t i = 0; i < rows; ++i)
    made->append_string("tx-00000000-" + std::to_string(i));
  return made;
}

/// Every other row of a column, as `filter` takes them.
void take_half(benchmark::State& state) {
  const auto from = state.range(0) == 0 ? numbers() : words();
  std::vector<std::int32_t> half;
  for (std::int32_t i = 0; i < rows; i += 2)
    half.push_back(i);
  for (auto _ : state)
    benchmark::DoNotOptimize(core::take(*from, half).get());
  state.SetItemsProcessed(state.iterations() * rows / 2);
}
BENCHMARK(take_half)->ArgName("strings")->Arg(0)->Arg(1);

} // namespace
