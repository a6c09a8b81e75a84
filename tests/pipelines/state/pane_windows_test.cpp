#include "pipelines/state/event_time.hpp"
#include "pipelines/state/pane_windows.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

key_layout card_key() {
  return key_layout::make({{"k", {type_id::int64, 0}, false}}).value();
}

window_inputs inputs() {
  using k = aggregate_kind;
  window_inputs out;
  out.values = {{"v", {type_id::int64, 0}, false}};
  out.aggregates = {
      {k::count, aggregate_spec::rows, 0}, {k::sum, 0, 0}, {k::max, 0, 0}, {k::distinct, 0, 0}};
  return out;
}

std::unique_ptr<pane_windows> made(window_options options) {
  return pane_windows::make(card_key(), inputs(), options).value();
}

struct row {
  std::int64_t key;
  std::int64_t time;
  std::int64_t value;
};

/// key, start, end, count, sum, max, distinct
using result_row = std::array<std::int64_t, 7>;

std::multiset<result_row> read(window_rows& rows) {
  const auto count = rows.size();
  const auto columns = rows.take();
  std::multiset<result_row> out;
  for (std::size_t i = 0; i < count; ++i) {
    result_row one{};
    for (std::size_t c = 0; c < one.size(); ++c)
      one[c] = columns[c]->as<std::int64_t>()[i];
    out.insert(one);
  }
  return out;
}

/// Keeps all rows and searches them all for every window.
struct reference {
  window_options options;
  std::vector<row> taken;
  std::set<std::pair<std::int64_t, std::int64_t>> fired; // key, start
  std::set<std::pair<std::int64_t, std::int64_t>> changed;

  bool add(const row& r, std::int64_t watermark) {
    bool any = false;
    for (auto start : starts(r.time)) {
      if (start + options.size_ms + options.allowed_lateness_ms <= watermark)
        continue;
      any = true;
      changed.emplace(r.key, start);
    }
    if (any)
      taken.push_back(r);
    return any;
  }
  std::vector<std::int64_t> starts(std::int64_t time) const {
    std::vector<std::int64_t> out;
    for (auto start = floor_to(time - options.offset_ms, options.slide_ms) + options.offset_ms;
         start > time - options.size_ms; start -= options.slide_ms)
      out.push_back(start);
    return out;
  }
  std::multiset<result_row> advance(std::int64_t watermark) {
    std::multiset<result_row> out;
    for (auto at = changed.begin(); at != changed.end();) {
      const auto [key, start] = *at;
      if (start + options.size_ms > watermark) {
        ++at;
        continue;
      }
      result_row one{key, start, start + options.size_ms, 0, 0, INT64_MIN, 0};
      std::set<std::int64_t> different;
      for (const auto& r : taken)
        if (r.key == key && r.time >= start && r.time < start + options.size_ms) {
          ++one[3];
          one[4] += r.value;
          one[5] = std::max(one[5], r.value);
          different.insert(r.value);
        }
      one[6] = static_cast<std::int64_t>(different.size());
      out.insert(one);
      at = changed.erase(at);
    }
    return out;
  }
};

void move_state(std::unique_ptr<pane_windows>& windows, window_options options) {
  auto restored = made(options);
  windows->table().begin_snapshot(1, true);
  std::string piece;
  for (std::size_t group = 0; windows->table().next_piece(piece, group); piece.clear())
    ASSERT_TRUE(restored->table().restore_piece(piece).ok());
  windows->table().commit_snapshot();
  const auto rest = windows->save();
  for (std::size_t size = 0; size < rest.size(); size += 7)
    ASSERT_FALSE(made(options)->restore(rest.substr(0, size)).ok());
  ASSERT_TRUE(restored->restore(rest).ok());
  windows = std::move(restored);
}

void check(unsigned seed, window_options options, std::int64_t delay) {
  std::mt19937_64 random{seed};
  auto windows = made(options);
  reference expected{options, {}, {}, {}};
  std::int64_t newest = -500;
  auto watermark = no_watermark;
  for (int batch = 0; batch < 60; ++batch) {
    std::vector<row> rows;
    const auto quiet = random() % 10 == 0 ? 3000 : 0;
    for (std::size_t i = random() % 40; i > 0; --i) {
      newest += static_cast<std::int64_t>(random() % 8);
      rows.push_back({static_cast<std::int64_t>(random() % 5),
                      newest + quiet - static_cast<std::int64_t>(random() % 200),
                      static_cast<std::int64_t>(random() % 20)});
    }
    std::vector<std::int64_t> keys;
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> values;
    std::vector<std::int32_t> late;
    std::vector<std::int32_t> expected_late;
    for (const auto& r : rows) {
      keys.push_back(r.key);
      times.push_back(r.time);
      values.push_back(r.value);
      if (!expected.add(r, watermark))
        expected_late.push_back(static_cast<std::int32_t>(times.size() - 1));
      newest = std::max(newest, r.time);
    }
    const int64_keys encoded{keys};
    const auto column = int64_column(values);
    const core::column* columns[] = {column.get()};
    windows->add(encoded.keys, times, columns, watermark, late);
    ASSERT_EQ(late, expected_late);
    if (random() % 15 == 0)
      move_state(windows, options);
    watermark = batch == 59 ? final_watermark : std::max(watermark, newest - delay);
    std::multiset<result_row> got;
    bool more = true;
    while (more) {
      more = windows->advance(watermark, 10);
      got.merge(read(windows->rows()));
    }
    ASSERT_EQ(got, expected.advance(watermark)) << "seed " << seed << " batch " << batch;
    if (random() % 15 == 0)
      move_state(windows, options);
  }
  EXPECT_EQ(windows->table().size(), 0u);
}

} // namespace

TEST(pane_windows, tumbling_windows_agree_with_a_search_of_all_rows) {
  for (unsigned seed = 0; seed < 40; ++seed)
    check(seed, {100, 100, seed % 3 * 13, 0}, 50 + seed);
}

TEST(pane_windows, sliding_windows_agree_with_a_search_of_all_rows) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    check(seed, {100, 10, 3, 0}, 100);
    check(seed, {70, 30, 0, 0}, 30);
    check(seed, {300, 1, 0, 0}, 100);
  }
}

TEST(pane_windows, late_rows_within_the_lateness_fire_again) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    check(seed, {100, 100, 0, 120}, 20);
    check(seed, {100, 20, 7, 120}, 20);
    check(seed, {90, 60, 0, 1000}, 0);
  }
}

TEST(pane_windows, starts_at_multiples_of_the_slide) {
  auto windows = made({10, 10, 0, 0});
  const int64_keys keys{{1, 1, 1}};
  const auto values = int64_column({1, 2, 3});
  const core::column* columns[] = {values.get()};
  const std::vector<std::int64_t> times{-1, 0, 10};
  std::vector<std::int32_t> late;
  windows->add(keys.keys, times, columns, no_watermark, late);
  EXPECT_FALSE(windows->advance(9, 100));
  EXPECT_EQ(read(windows->rows()), (std::multiset<result_row>{{1, -10, 0, 1, 1, 1, 1}}));
  EXPECT_FALSE(windows->advance(10, 100));
  EXPECT_EQ(read(windows->rows()), (std::multiset<result_row>{{1, 0, 10, 1, 2, 2, 1}}));
}

TEST(pane_windows, refuses_sizes_that_make_no_sense) {
  for (const auto& options :
       std::vector<window_options>{{0, 1, 0, 0}, {10, 0, 0, 0}, {10, 20, 0, 0}, {10, 10, 0, -1}})
    EXPECT_FALSE(pane_windows::make(card_key(), inputs(), options).ok());
}

} // namespace lepton::pipelines::testing
