#include "pipelines/state/aggregate_over.hpp"
#include "pipelines/state/event_time.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <set>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

struct payment {
  std::int64_t card;
  std::int64_t time;
  std::optional<double> amount;
  std::int64_t points;
  std::string shop;
};

constexpr rolling_kind all_kinds[] = {
    rolling_kind::count, rolling_kind::sum,  rolling_kind::min,
    rolling_kind::max,   rolling_kind::mean, rolling_kind::stddev,
    rolling_kind::first, rolling_kind::last, rolling_kind::distinct};

rolling_options options_of(std::vector<std::int64_t> windows, bool exclude) {
  rolling_options out;
  out.values = {{"amount", {type_id::float64, 0}, true},
                {"points", {type_id::int64, 0}, false},
                {"shop", {type_id::string, 0}, false}};
  out.exclude_current = exclude;
  for (const auto window : windows) {
    out.features.push_back({rolling_kind::count, rolling_feature::rows, window});
    for (const auto kind : all_kinds)
      for (const std::size_t value : {0u, 1u})
        out.features.push_back({kind, value, window});
    out.features.push_back({rolling_kind::distinct, 2, window});
  }
  return out;
}

/// A number, or nothing for null.
using cell = std::optional<double>;

cell over(rolling_kind kind, const std::vector<double>& v) {
  const auto n = static_cast<double>(v.size());
  if (kind == rolling_kind::count)
    return n;
  if (kind == rolling_kind::distinct)
    return static_cast<double>(std::set<double>(v.begin(), v.end()).size());
  if (v.empty())
    return {};
  long double sum = 0;
  for (const auto x : v)
    sum += x;
  const auto mean = sum / static_cast<long double>(n);
  long double squares = 0;
  for (const auto x : v)
    squares += (x - mean) * (x - mean);
  switch (kind) {
    case rolling_kind::sum: return static_cast<double>(sum);
    case rolling_kind::mean: return static_cast<double>(mean);
    case rolling_kind::min: return *std::min_element(v.begin(), v.end());
    case rolling_kind::max: return *std::max_element(v.begin(), v.end());
    case rolling_kind::first: return v.front();
    case rolling_kind::last: return v.back();
    default: break;
  }
  if (v.size() < 2)
    return {};
  return std::sqrt(static_cast<double>(squares / static_cast<long double>(n - 1)));
}

/// Looks at all rows before, for each row: what the documentation says, word for word.
std::vector<cell> reference(const std::vector<payment>& rows, const std::vector<bool>& on_time,
                            std::size_t at, const rolling_feature& f, bool exclude) {
  if (!on_time[at])
    return {cell{}};
  std::vector<std::size_t> seen;
  for (std::size_t i = 0; i <= at; ++i)
    if (on_time[i] && rows[i].card == rows[at].card && rows[i].time > rows[at].time - f.window_ms &&
        rows[i].time <= rows[at].time && !(exclude && i == at))
      seen.push_back(i);
  std::stable_sort(seen.begin(), seen.end(),
                   [&](auto a, auto b) { return rows[a].time < rows[b].time; });
  if (f.value == rolling_feature::rows)
    return {cell{static_cast<double>(seen.size())}};
  if (f.value == 2) {
    std::set<std::string> shops;
    for (const auto i : seen)
      shops.insert(rows[i].shop);
    return {cell{static_cast<double>(shops.size())}};
  }
  std::vector<double> v;
  for (const auto i : seen) {
    if (f.value == 1)
      v.push_back(static_cast<double>(rows[i].points));
    else if (rows[i].amount)
      v.push_back(*rows[i].amount);
  }
  return {over(f.kind, v)};
}

cell cell_of(const core::column& column, std::size_t row) {
  if (!column.valid(static_cast<std::int64_t>(row)))
    return {};
  if (column.type.id == type_id::float64)
    return column.as<double>()[row];
  return static_cast<double>(column.as<std::int64_t>()[row]);
}

std::vector<payment> random_payments(std::mt19937_64& random, std::size_t count, std::size_t cards,
                                     std::int64_t step, std::int64_t disorder) {
  std::vector<payment> out;
  std::int64_t now = -100 * step;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 3 != 0)
      now += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * step));
    payment row;
    row.card = static_cast<std::int64_t>(random() % cards);
    row.time = now - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(disorder));
    if (random() % 10 != 0)
      row.amount = static_cast<double>(random() % 100000) / 100 - 300;
    row.points = static_cast<std::int64_t>(random() % 50) - 10;
    row.shop = "shop " + std::to_string(random() % 12);
    out.push_back(row);
  }
  return out;
}

struct fed {
  explicit fed(std::span<const payment> rows) : keys{cards(rows)} {
    std::vector<double> amounts;
    std::vector<std::int64_t> points;
    std::vector<std::string> shops;
    for (const auto& row : rows) {
      times.push_back(row.time);
      amounts.push_back(row.amount.value_or(-77));
      points.push_back(row.points);
      shops.push_back(row.shop);
    }
    auto amount = float64_column(amounts);
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (!rows[i].amount)
        amount->set_null(static_cast<std::int64_t>(i));
    columns = {amount, int64_column(points), string_column(shops)};
    for (const auto& c : columns)
      values.push_back(c.get());
  }
  static std::vector<std::int64_t> cards(std::span<const payment> rows) {
    std::vector<std::int64_t> out;
    for (const auto& row : rows)
      out.push_back(row.card);
    return out;
  }
  int64_keys keys;
  std::vector<std::int64_t> times;
  std::vector<core::column_ptr> columns;
  std::vector<const core::column*> values;
};

aggregate_over made(const rolling_options& options) {
  const auto keys = key_layout::make({{"k", {type_id::int64, 0}, false}}).value();
  return aggregate_over::make(keys, options).value();
}

void copy_state(aggregate_over& from, aggregate_over& to) {
  from.table().begin_snapshot(1, true);
  std::string piece;
  for (std::size_t group = 0; from.table().next_piece(piece, group); piece.clear())
    ASSERT_TRUE(to.table().restore_piece(piece).ok());
  from.table().commit_snapshot();
  ASSERT_TRUE(to.finish_restore().ok());
}

void check(std::mt19937_64& random, const std::vector<payment>& rows,
           const rolling_options& options, std::int64_t lateness, std::size_t sample) {
  auto over = std::make_unique<aggregate_over>(made(options));
  std::vector<bool> on_time(rows.size());
  std::int64_t newest = no_watermark;
  const auto crash = random() % rows.size();
  for (std::size_t begin = 0; begin < rows.size();) {
    const auto end = std::min(rows.size(), begin + 1 + random() % 200);
    const fed batch{std::span{rows}.subspan(begin, end - begin)};
    const auto watermark = newest == no_watermark ? no_watermark : newest - lateness;
    std::vector<core::column_ptr> out;
    std::vector<std::int32_t> late;
    over->process(batch.keys.keys, batch.times, batch.values, watermark, out, late);
    for (auto i = begin; i < end; ++i) {
      on_time[i] = rows[i].time >= watermark;
      newest = std::max(newest, rows[i].time);
    }
    for (auto i = begin; i < end; ++i) {
      EXPECT_EQ(std::count(late.begin(), late.end(), static_cast<std::int32_t>(i - begin)),
                on_time[i] ? 0 : 1);
      if (random() % sample != 0)
        continue;
      for (std::size_t f = 0; f < options.features.size(); ++f) {
        const auto want =
            reference(rows, on_time, i, options.features[f], options.exclude_current)[0];
        const auto have = cell_of(*out[f], i - begin);
        ASSERT_EQ(have.has_value(), want.has_value()) << "row " << i << " feature " << f;
        if (want) {
          ASSERT_NEAR(*have, *want, 1e-9 * (1 + std::abs(*want)))
              << "row " << i << " feature " << f;
        }
      }
    }
    if (begin <= crash && crash < end) {
      auto restored = std::make_unique<aggregate_over>(made(options));
      copy_state(*over, *restored);
      over = std::move(restored);
    }
    begin = end;
  }
}

} // namespace

TEST(aggregate_over, sees_what_a_search_of_all_rows_sees) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random{seed};
    const auto rows = random_payments(random, 1500, 1 + random() % 60, 1000, 20000);
    check(random, rows, options_of({5000, 60000, 300000}, seed % 2 == 1), 15000, 5);
  }
}

// Logs of hundreds of events: summaries of stretches take part.
TEST(aggregate_over, agrees_on_busy_keys) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    std::mt19937_64 random{100 + seed};
    const auto rows = random_payments(random, 6000, 2, 10, 300);
    check(random, rows, options_of({100, 1000, 20000}, false), 250, 100);
  }
}

TEST(aggregate_over, keeps_logs_that_span_more_than_32_bits_of_milliseconds) {
  std::mt19937_64 random{7};
  constexpr std::int64_t day = 86'400'000;
  const auto rows = random_payments(random, 1200, 10, day, 20 * day);
  check(random, rows, options_of({day, 400 * day}, false), 15 * day, 5);
  const auto far = random_payments(random, 800, 10, 30 * day, 90 * day);
  check(random, far, options_of({day, 40 * day}, false), 60 * day, 5);
}

TEST(aggregate_over, includes_the_row_at_its_time_and_excludes_the_one_a_window_ago) {
  auto over = made({{}, {{rolling_kind::count, rolling_feature::rows, 10}}, false, 0});
  const int64_keys keys{{1, 1, 1, 1, 1}};
  const std::vector<std::int64_t> times{0, 9, 10, 10, 5};
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  over.process(keys.keys, times, {}, no_watermark, out, late);
  const auto counts = out[0]->as<std::int64_t>();
  EXPECT_EQ((std::vector<std::int64_t>{counts.begin(), counts.end()}),
            (std::vector<std::int64_t>{1, 2, 2, 3, 2}));
}

TEST(aggregate_over, adds_integers_exactly_and_says_null_where_the_sum_does_not_fit) {
  auto over = made({{{"v", {type_id::int64, 0}, false}}, {{rolling_kind::sum, 0, 10}}, false, 0});
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const int64_keys keys{{1, 1, 1}};
  const auto values = int64_column({most, 1, -2});
  const core::column* columns[] = {values.get()};
  const std::vector<std::int64_t> times{0, 0, 0};
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  over.process(keys.keys, times, columns, no_watermark, out, late);
  EXPECT_EQ(out[0]->as<std::int64_t>()[0], most);
  EXPECT_FALSE(out[0]->valid(1));
  EXPECT_EQ(out[0]->as<std::int64_t>()[2], most - 1);
}

TEST(aggregate_over, does_not_lose_small_amounts_beside_large_ones) {
  auto over =
      made({{{"v", {type_id::float64, 0}, false}}, {{rolling_kind::sum, 0, 1000}}, false, 0});
  const int64_keys keys{{1, 1, 1, 1}};
  const auto values = float64_column({1e17, 0.25, 0.25, -1e17});
  const core::column* columns[] = {values.get()};
  const std::vector<std::int64_t> times{0, 1, 2, 3};
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  over.process(keys.keys, times, columns, no_watermark, out, late);
  EXPECT_EQ(out[0]->as<double>()[3], 0.5);
}

TEST(aggregate_over, forgets_keys_without_rows_in_the_longest_window) {
  auto over = made({{}, {{rolling_kind::count, rolling_feature::rows, 1000}}, false, 0});
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  for (std::int64_t i = 0; i < 2000; ++i) {
    const int64_keys keys{{i}};
    const std::vector<std::int64_t> times{i * 100};
    over.process(keys.keys, times, {}, i * 100, out, late);
    out.clear();
  }
  EXPECT_LT(over.table().size(), 60u);
}

TEST(aggregate_over, takes_times_at_the_ends_of_the_range) {
  auto over = made(options_of({longest_span_ms}, false));
  std::vector<payment> rows;
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const auto time : {most, least, std::int64_t{0}, most, least + 1, std::int64_t{1} << 40})
    rows.push_back({1, time, 1.0, 1, "x"});
  const fed batch{rows};
  std::vector<core::column_ptr> out;
  std::vector<std::int32_t> late;
  over.process(batch.keys.keys, batch.times, batch.values, no_watermark, out, late);
  EXPECT_EQ(out[0]->as<std::int64_t>()[3], 2);
}

TEST(aggregate_over, refuses_options_that_make_no_sense) {
  const auto keys = key_layout::make({{"k", {type_id::int64, 0}, false}}).value();
  const auto refused = [&](rolling_options options) {
    return !aggregate_over::make(keys, std::move(options)).ok();
  };
  const std::vector<core::field> text{{"s", {type_id::string, 0}, false}};
  EXPECT_TRUE(refused({{}, {}, false, 0}));
  EXPECT_TRUE(refused({{}, {{rolling_kind::count, rolling_feature::rows, 0}}, false, 0}));
  EXPECT_TRUE(refused({{}, {{rolling_kind::sum, rolling_feature::rows, 5}}, false, 0}));
  EXPECT_TRUE(refused({{}, {{rolling_kind::sum, 0, 5}}, false, 0}));
  EXPECT_TRUE(refused({text, {{rolling_kind::sum, 0, 5}}, false, 0}));
  EXPECT_FALSE(refused({text, {{rolling_kind::distinct, 0, 5}}, false, 0}));
}

} // namespace lepton::pipelines::testing
