// What keyed state costs: a lookup with update in a table of 1 M and 10 M keys, its snapshot,
// rolling features by card (3 windows, 3 aggregates, 1 M cards), sliding windows of many steps.
#include "pipelines/state/aggregate_over.hpp"
#include "pipelines/state/dedup.hpp"
#include "pipelines/state/event_time.hpp"
#include "pipelines/state/keyed_table.hpp"
#include "pipelines/state/pane_windows.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>

namespace {

using namespace lepton;
using namespace lepton::pipelines;

constexpr std::size_t batch_rows = 1024;

const key_layout& card_key() {
  static const auto made = key_layout::make({{"card", {core::type_id::int64, 0}, false}}).value();
  return made;
}

core::ref_ptr<core::column> integers(std::size_t rows) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::int64, 0});
  out->resize_rows(static_cast<std::int64_t>(rows));
  return out;
}

struct card_batch {
  core::ref_ptr<core::column> cards = integers(batch_rows);
  batch_keys keys;

  void encode() {
    const core::column* columns[] = {cards.get()};
    card_key().encode(columns, cards->rows, keys);
  }
};

void lookup_and_update(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  keyed_table table{{8, 16, {}, 0, 0, 0}};
  std::mt19937_64 random{1};
  card_batch batch;
  std::vector<entry_ref> entries(batch_rows);
  const auto step = [&](auto card) {
    for (auto& to : batch.cards->as_mutable<std::int64_t>())
      to = static_cast<std::int64_t>(card() * 0x9e3779b97f4a7c15);
    batch.encode();
    table.find_or_insert(batch.keys, 0, entries);
    for (const auto entry : entries)
      ++table.as<std::int64_t>(entry);
  };
  for (std::uint64_t next = 0; next < keys;)
    step([&] { return next++; });
  for (auto _ : state)
    step([&] { return random() % keys; });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_rows));
  state.counters["bytes_per_key"] =
      static_cast<double>(table.bytes_used()) / static_cast<double>(table.size());
}
BENCHMARK(lookup_and_update)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMicrosecond);

void full_snapshot(benchmark::State& state) {
  const auto keys = state.range(0);
  keyed_table table{{8, 16, {}, 0, 0, 0}};
  card_batch batch;
  std::vector<entry_ref> entries(batch_rows);
  for (std::int64_t next = 0; next < keys;) {
    for (auto& to : batch.cards->as_mutable<std::int64_t>())
      to = next++;
    batch.encode();
    table.find_or_insert(batch.keys, 0, entries);
  }
  std::size_t bytes = 0;
  for (auto _ : state) {
    table.begin_snapshot(1, true);
    std::string piece;
    for (std::size_t group = 0; table.next_piece(piece, group); piece.clear())
      bytes += piece.size();
    table.commit_snapshot();
  }
  state.SetItemsProcessed(state.iterations() * keys);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(full_snapshot)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(3);

void restore(benchmark::State& state) {
  const auto keys = state.range(0);
  std::vector<std::string> pieces;
  {
    keyed_table table{{8, 16, {}, 0, 0, 0}};
    card_batch batch;
    std::vector<entry_ref> entries(batch_rows);
    for (std::int64_t next = 0; next < keys;) {
      for (auto& to : batch.cards->as_mutable<std::int64_t>())
        to = next++;
      batch.encode();
      table.find_or_insert(batch.keys, 0, entries);
    }
    table.begin_snapshot(1, true);
    std::string piece;
    for (std::size_t group = 0; table.next_piece(piece, group); piece.clear())
      pieces.push_back(piece);
    table.commit_snapshot();
  }
  for (auto _ : state) {
    keyed_table table{{8, 16, {}, 0, 0, 0}};
    for (const auto& piece : pieces)
      if (!table.restore_piece(piece).ok())
        state.SkipWithError("a piece was refused");
    if (!table.finish_restore({}).ok())
      state.SkipWithError("the index was refused");
    benchmark::DoNotOptimize(table.size());
  }
  state.SetItemsProcessed(state.iterations() * keys);
}
BENCHMARK(restore)->Arg(10'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

/// The slowest batches of updates, alone and while a snapshot of everything is written beside them,
/// 256 KiB after each batch.
void updates_during_a_snapshot(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  keyed_table table{{8, 64, {}, 0, 0, 0}};
  std::mt19937_64 random{1};
  card_batch batch;
  std::vector<entry_ref> entries(batch_rows);
  const auto step = [&](auto card) {
    for (auto& to : batch.cards->as_mutable<std::int64_t>())
      to = static_cast<std::int64_t>(card());
    batch.encode();
    const auto begin = std::chrono::steady_clock::now();
    table.find_or_insert(batch.keys, 0, entries);
    for (const auto entry : entries)
      ++table.as<std::int64_t>(entry);
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
        .count();
  };
  for (std::uint64_t next = 0; next < keys;)
    step([&] { return next++; });
  const auto p99 = [](std::vector<double>& times) {
    const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
    std::nth_element(times.begin(), at, times.end());
    return *at;
  };
  const auto any = [&] { return random() % keys; };
  for (auto _ : state) {
    std::vector<double> alone;
    std::vector<double> beside;
    for (int i = 0; i < 1000; ++i)
      alone.push_back(step(any));
    const auto begin = std::chrono::steady_clock::now();
    table.begin_snapshot(1, true);
    state.counters["begin_us"] =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
    std::string piece;
    std::size_t aside = 0;
    for (std::size_t group = 0; table.next_piece(piece, group); piece.clear()) {
      beside.push_back(step(any));
      aside = std::max(aside, table.bytes_aside());
    }
    table.commit_snapshot();
    state.counters["p99_alone_us"] = p99(alone);
    state.counters["p99_beside_us"] = p99(beside);
    state.counters["bytes_aside"] = static_cast<double>(aside);
  }
}
BENCHMARK(updates_during_a_snapshot)->Arg(10'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

constexpr std::int64_t minute = 60'000;

rolling_options three_by_three() {
  rolling_options out;
  out.values = {{"amount", {core::type_id::float64, 0}, false}};
  for (const auto window : {10 * minute, 60 * minute, 24 * 60 * minute}) {
    out.features.push_back({rolling_kind::count, 0, window});
    out.features.push_back({rolling_kind::sum, 0, window});
    out.features.push_back({rolling_kind::max, 0, window});
  }
  return out;
}

/// Arguments: cards; rows of a card in the longest window; 1: a few cards have most of the rows.
void rolling_features(benchmark::State& state) {
  const auto cards = static_cast<std::uint64_t>(state.range(0));
  const auto rows_in_a_day = cards * static_cast<std::uint64_t>(state.range(1));
  const bool skewed = state.range(2) != 0;
  auto over = aggregate_over::make(card_key(), three_by_three()).value();
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> uniform;
  card_batch batch;
  auto amounts = core::make_ref<core::column>(core::data_type{core::type_id::float64, 0});
  amounts->resize_rows(batch_rows);
  std::vector<std::int64_t> times(batch_rows);
  std::uint64_t row = 0;
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  const auto fill = [&] {
    for (std::size_t i = 0; i < batch_rows; ++i, ++row) {
      const auto u = uniform(random);
      const auto card =
          skewed ? std::pow(static_cast<double>(cards), u) : u * static_cast<double>(cards);
      batch.cards->as_mutable<std::int64_t>()[i] = static_cast<std::int64_t>(card) * 7919;
      amounts->as_mutable<double>()[i] = u * 100;
      const auto now = static_cast<double>(row) * 86'400'000.0 / static_cast<double>(rows_in_a_day);
      times[i] = static_cast<std::int64_t>(now) - static_cast<std::int64_t>(random() % 2000);
    }
    batch.encode();
  };
  const auto step = [&] {
    out.clear();
    late.clear();
    const core::column* values[] = {amounts.get()};
    over.process(batch.keys, times, values, times[0] - 5000, out, late);
  };
  while (row < rows_in_a_day) {
    fill();
    step();
  }
  for (auto _ : state) {
    state.PauseTiming();
    fill();
    state.ResumeTiming();
    step();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_rows));
  state.counters["bytes_per_key"] =
      static_cast<double>(over.table().bytes_used()) / static_cast<double>(over.table().size());
  state.counters["keys"] = static_cast<double>(over.table().size());
}
BENCHMARK(rolling_features)
    ->Args({1'000'000, 1, 0})
    ->Args({1'000'000, 10, 0})
    ->Args({1'000'000, 10, 1})
    ->Args({100'000, 100, 0})
    ->Unit(benchmark::kMicrosecond);

/// A window that slides by a thousandth of its size over 1000 keys, about one row a key and step:
/// each iteration is one batch and the step that it fires.
void sliding_window(benchmark::State& state) {
  const std::int64_t panes = state.range(0);
  constexpr std::int64_t slide = 1000;
  window_inputs inputs;
  inputs.values = {{"amount", {core::type_id::float64, 0}, false}};
  using k = aggregate_kind;
  inputs.aggregates = {{k::count, aggregate_spec::rows, 0}, {k::sum, 0, 0}, {k::max, 0, 0}};
  auto windows = pane_windows::make(card_key(), inputs, {panes * slide, slide, 0, 0}).value();
  std::mt19937_64 random{1};
  card_batch batch;
  auto amounts = core::make_ref<core::column>(core::data_type{core::type_id::float64, 0});
  amounts->resize_rows(batch_rows);
  std::fill_n(amounts->values.as<double>(), batch_rows, 1.5);
  const core::column* values[] = {amounts.get()};
  std::vector<std::int64_t> times(batch_rows);
  std::vector<std::int32_t> late;
  std::int64_t now = 0;
  std::int64_t results = 0;
  const auto step = [&] {
    for (std::size_t i = 0; i < batch_rows; ++i) {
      batch.cards->as_mutable<std::int64_t>()[i] = static_cast<std::int64_t>(random() % 1000);
      times[i] = now + static_cast<std::int64_t>(random() % slide);
    }
    batch.encode();
    windows->add(batch.keys, times, values, now, late);
    now += slide;
    windows->advance(now, SIZE_MAX);
    results += static_cast<std::int64_t>(windows->rows().size());
    benchmark::DoNotOptimize(windows->rows().take());
  };
  for (std::int64_t i = 0; i < panes; ++i)
    step();
  results = 0;
  for (auto _ : state)
    step();
  state.SetItemsProcessed(results);
}
BENCHMARK(sliding_window)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond);

void dedup_rows(benchmark::State& state) {
  dedup filter{card_key(), 3'600'000, 0};
  std::mt19937_64 random{1};
  card_batch batch;
  std::vector<std::int64_t> times(batch_rows);
  std::vector<std::int32_t> kept;
  std::vector<std::int32_t> twice;
  std::vector<std::int32_t> late;
  std::int64_t now = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch_rows; ++i) {
      batch.cards->as_mutable<std::int64_t>()[i] = static_cast<std::int64_t>(random() % 10'000'000);
      times[i] = now += 2;
    }
    batch.encode();
    kept.clear();
    twice.clear();
    filter.process(batch.keys, times, now - 5000, kept, twice, late);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_rows));
}
BENCHMARK(dedup_rows)->Unit(benchmark::kMicrosecond);

} // namespace
