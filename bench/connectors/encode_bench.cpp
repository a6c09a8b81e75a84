// Encoding of scored payments, the rows of the fraud job's output topic, and making up payments.
#include "connectors/formats/json/json_encoder.hpp"
#include "connectors/generator/record_kind.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>

namespace {

using namespace lepton;

constexpr std::int64_t batch_rows = 1024;

core::batch_ptr scored() {
  const auto schema = std::make_shared<const core::schema>(
      std::vector<core::field>{{"tx_id", {core::type_id::string, 0}, false},
                               {"card_id", {core::type_id::int64, 0}, false},
                               {"score", {core::type_id::float32, 0}, false}});
  std::mt19937_64 random{42};
  auto id = core::make_ref<core::column>(schema->fields()[0].type);
  auto card = core::make_ref<core::column>(schema->fields()[1].type);
  auto score = core::make_ref<core::column>(schema->fields()[2].type);
  card->resize_rows(batch_rows);
  score->resize_rows(batch_rows);
  for (std::int64_t row = 0; row < batch_rows; ++row) {
    id->append_string(fmt::format("tx-{:08d}-{:08x}", row, static_cast<std::uint32_t>(random())));
    card->values.as<std::int64_t>()[row] = static_cast<std::int64_t>(random() % 200'000);
    score->values.as<float>()[row] = static_cast<float>(random() >> 40) * 0x1p-24f;
  }
  return core::make_ref<core::batch>(schema, std::vector<core::column_ptr>{id, card, score},
                                     batch_rows);
}

void encode(benchmark::State& state, const core::batch_ptr& rows,
            const std::vector<std::size_t>& columns) {
  connectors::json_encoder encoder{*rows->schema, columns};
  std::vector<core::row_error> errors;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    core::encoded_batch out;
    encoder.encode(rows, out, errors);
    bytes += static_cast<std::int64_t>(out.bytes.size());
    benchmark::DoNotOptimize(out.bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * rows->rows);
  state.SetBytesProcessed(bytes);
}

void encode_scores(benchmark::State& state) {
  encode(state, scored(), {0, 1, 2});
}
BENCHMARK(encode_scores);

/// 28 features with four decimals, as the generator writes them.
void encode_payments(benchmark::State& state) {
  const auto& kind = connectors::card_records();
  const core::batch_ptr rows =
      core::make_ref<core::batch>(kind.schema, kind.make(7, 0, batch_rows), batch_rows);
  encode(state, rows, {0, 1, 2, 3, 4, 5, 6});
}
BENCHMARK(encode_payments);

void make_records(benchmark::State& state, const connectors::record_kind& kind) {
  std::int64_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kind.make(7, next, batch_rows));
    next += batch_rows;
  }
  state.SetItemsProcessed(next);
}
BENCHMARK_CAPTURE(make_records, cards, connectors::card_records());
BENCHMARK_CAPTURE(make_records, sensors, connectors::sensor_records());

} // namespace
