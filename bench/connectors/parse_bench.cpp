// Decoding of payment records: Lepton's decoder against the two ways to use simdjson.
#include "bench/connectors/card_records.hpp"
#include "connectors/formats/json/json_decoder.hpp"

#include <benchmark/benchmark.h>
#include <simdjson.h>

namespace {

using namespace lepton;

constexpr std::int64_t record_total = 20000;
constexpr std::size_t batch_size = 1024;

const std::vector<std::string>& texts() {
  static const auto made = bench::card_records(record_total);
  return made;
}

void count(benchmark::State& state) {
  std::int64_t bytes = 0;
  for (const auto& text : texts())
    bytes += static_cast<std::int64_t>(text.size());
  state.SetItemsProcessed(state.iterations() * record_total);
  state.SetBytesProcessed(state.iterations() * bytes);
}

std::shared_ptr<const connectors::json_layout> layout(bool keep_payload) {
  core::diagnostics findings;
  return connectors::json_layout::make(bench::card_schema(), keep_payload, findings);
}

/// Includes the making of Arrow columns, and the check of the whole document.
void parse_lepton(benchmark::State& state) {
  static const auto batches = bench::batches_of(texts(), batch_size);
  connectors::json_decoder decoder{layout(state.range(0) != 0)};
  core::decoded out;
  for (auto _ : state)
    for (const auto& batch : batches) {
      decoder.decode(*batch, out);
      benchmark::DoNotOptimize(out.columns.data());
      if (!out.errors.empty())
        state.SkipWithError("a record did not decode");
    }
  count(state);
}
BENCHMARK(parse_lepton)->ArgName("keep")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// What a good engineer writes by hand: look up the needed fields, in their order, per record.
void parse_simdjson_ondemand(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string pad(1 << 16);
  std::vector<std::string> ids(batch_size);
  std::vector<float> features(batch_size * 28);
  double sum = 0;
  for (auto _ : state) {
    std::size_t row = 0;
    for (const auto& text : texts()) {
      std::memcpy(pad.data(), text.data(), text.size());
      auto document =
          parser.iterate(pad.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
      simdjson::ondemand::object object = document.get_object();
      ids[row] = std::string_view(object["tx_id"]);
      const std::int64_t card = object["card_id"];
      const double amount = object["amount"];
      const std::int64_t ts = object["ts"];
      float* to = &features[row * 28];
      for (simdjson::ondemand::value value : simdjson::ondemand::array(object["f"]))
        *to++ = static_cast<float>(double(value));
      sum += amount + static_cast<double>(card + ts);
      row = (row + 1) % batch_size;
    }
    benchmark::DoNotOptimize(sum);
  }
  count(state);
}
BENCHMARK(parse_simdjson_ondemand)->Unit(benchmark::kMillisecond);

/// The whole document checked by simdjson, then the needed fields picked.
void parse_simdjson_dom(benchmark::State& state) {
  simdjson::dom::parser parser;
  simdjson::padded_string pad(1 << 16);
  std::vector<std::string> ids(batch_size);
  std::vector<float> features(batch_size * 28);
  double sum = 0;
  for (auto _ : state) {
    std::size_t row = 0;
    for (const auto& text : texts()) {
      std::memcpy(pad.data(), text.data(), text.size());
      const simdjson::dom::element root = parser.parse(pad.data(), text.size(), false);
      ids[row] = std::string_view(root["tx_id"]);
      float* to = &features[row * 28];
      for (double value : simdjson::dom::array(root["f"]))
        *to++ = static_cast<float>(value);
      sum += double(root["amount"]) +
             static_cast<double>(std::int64_t(root["card_id"]) + std::int64_t(root["ts"]));
      row = (row + 1) % batch_size;
    }
    benchmark::DoNotOptimize(sum);
  }
  count(state);
}
BENCHMARK(parse_simdjson_dom)->Unit(benchmark::kMillisecond);

} // namespace
