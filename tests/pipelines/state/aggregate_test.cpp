#include "pipelines/state/aggregate.hpp"
#include "pipelines/state/sketches.hpp"
#include "pipelines/state/state_bytes.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

/// A state outside a table.
struct payload {
  explicit payload(const aggregate_set& of) : set{of}, bytes((of.payload_size() + 7) / 8) {}
  std::byte* at() { return reinterpret_cast<std::byte*>(bytes.data()); }
  void add(std::span<const core::column* const> values, std::span<const std::int32_t> rows,
           std::span<const std::int64_t> times, blob_arena& blobs) {
    std::vector<std::byte*> all(rows.size(), at());
    set.add(all, blobs, values, rows, times);
  }
  const aggregate_set& set;
  std::vector<std::uint64_t> bytes;
};

std::vector<std::int32_t> range(std::size_t begin, std::size_t end) {
  std::vector<std::int32_t> out;
  for (auto i = begin; i < end; ++i)
    out.push_back(static_cast<std::int32_t>(i));
  return out;
}

std::vector<aggregate_spec> plain_specs(std::size_t value) {
  using k = aggregate_kind;
  std::vector<aggregate_spec> out;
  for (const auto kind :
       {k::count, k::sum, k::min, k::max, k::mean, k::variance, k::stddev, k::first, k::last})
    out.push_back({kind, value, 0});
  return out;
}

double number(const core::column& column, std::int64_t row = 0) {
  if (!column.valid(row))
    return std::nan("");
  const auto at = static_cast<std::size_t>(row);
  return column.type.id == type_id::float64 ? column.as<double>()[at]
                                            : static_cast<double>(column.as<std::int64_t>()[at]);
}

} // namespace

TEST(aggregate, agrees_with_two_passes_over_the_rows_however_it_is_merged) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random{seed};
    const std::size_t rows = 1 + random() % 300;
    std::vector<double> values;
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < rows; ++i) {
      values.push_back(1e6 + static_cast<double>(random() % 1000) / 7);
      times.push_back(static_cast<std::int64_t>(random() % 100));
    }
    const bool whole = seed % 2 == 0;
    std::vector<std::int64_t> integers(values.begin(), values.end());
    if (whole)
      values.assign(integers.begin(), integers.end());
    const auto column = whole ? int64_column(integers) : float64_column(values);
    const core::column* columns[] = {column.get()};
    const auto set = aggregate_set::make(plain_specs(0), {{"v", column->type, false}}, 0).value();
    blob_arena blobs;
    payload total{set};
    for (std::size_t begin = 0; begin < rows;) {
      const auto end = std::min(rows, begin + 1 + random() % 50);
      payload part{set};
      part.add(columns, range(begin, end), times, blobs);
      set.merge(total.at(), blobs, part.at(), blobs);
      begin = end;
    }
    const auto out = set.columns(1);
    set.write(total.at(), blobs, out, 0);
    long double sum = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      sum += values[i];
      first = times[i] < times[first] ? i : first;
      last = times[i] >= times[last] ? i : last;
    }
    const auto mean = sum / static_cast<long double>(rows);
    long double squares = 0;
    for (const auto v : values)
      squares += (v - mean) * (v - mean);
    const auto variance = static_cast<double>(squares / static_cast<long double>(rows - 1));
    EXPECT_EQ(number(*out[0]), static_cast<double>(rows));
    EXPECT_DOUBLE_EQ(number(*out[1]), static_cast<double>(sum));
    EXPECT_EQ(number(*out[2]), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(number(*out[3]), *std::max_element(values.begin(), values.end()));
    EXPECT_DOUBLE_EQ(number(*out[4]), static_cast<double>(mean));
    if (rows > 1) {
      EXPECT_NEAR(number(*out[5]), variance, 1e-7 * variance + 1e-9);
      EXPECT_NEAR(number(*out[6]), std::sqrt(variance), 1e-7 * variance + 1e-9);
    } else {
      EXPECT_FALSE(out[5]->valid(0));
    }
    EXPECT_EQ(number(*out[7]), values[first]);
    EXPECT_EQ(number(*out[8]), values[last]);
  }
}

TEST(aggregate, leaves_nulls_out_and_is_null_without_a_value) {
  auto column = int64_column({5, 0, 7});
  column->set_null(1);
  const core::column* columns[] = {column.get()};
  const std::vector<std::int64_t> times{1, 2, 3};
  const auto set =
      aggregate_set::make(plain_specs(0), {{"v", {type_id::int64, 0}, true}}, 0).value();
  blob_arena blobs;
  payload some{set};
  some.add(columns, range(0, 3), times, blobs);
  payload none{set};
  none.add(columns, range(1, 2), times, blobs);
  const auto out = set.columns(2);
  set.write(some.at(), blobs, out, 0);
  set.write(none.at(), blobs, out, 1);
  EXPECT_EQ(number(*out[0]), 2);
  EXPECT_EQ(number(*out[1]), 12);
  EXPECT_EQ(number(*out[0], 1), 0);
  for (std::size_t i = 1; i < out.size(); ++i)
    EXPECT_FALSE(out[i]->valid(1)) << i;
}

TEST(aggregate, takes_a_nan_for_the_smallest_only_if_there_is_nothing_else) {
  const auto nan = std::nan("");
  const auto column = float64_column({nan, 3, nan, -1, nan});
  const core::column* columns[] = {column.get()};
  const std::vector<std::int64_t> times(5);
  const auto set =
      aggregate_set::make(plain_specs(0), {{"v", {type_id::float64, 0}, false}}, 0).value();
  blob_arena blobs;
  payload all{set};
  all.add(columns, range(0, 5), times, blobs);
  payload nans{set};
  nans.add(columns, range(4, 5), times, blobs);
  const auto out = set.columns(2);
  set.write(all.at(), blobs, out, 0);
  set.write(nans.at(), blobs, out, 1);
  EXPECT_EQ(number(*out[2]), -1);
  EXPECT_EQ(number(*out[3]), 3);
  EXPECT_TRUE(std::isnan(out[1]->as<double>()[0]));
  EXPECT_TRUE(out[2]->valid(1));
  EXPECT_TRUE(std::isnan(out[2]->as<double>()[1]));
}

TEST(distinct_sketch, is_exact_for_few_and_close_for_many) {
  blob_arena blobs;
  double squares = 0;
  int trials = 0;
  for (const std::uint64_t n : {1u, 10u, 64u, 65u, 500u, 5000u, 12000u, 50000u, 300000u}) {
    for (std::uint64_t trial = 0; trial < 5; ++trial) {
      distinct_sketch parts[3];
      for (std::uint64_t i = 0; i < n; ++i) {
        const auto hash = stable_hash(i + trial * 1'000'000'007);
        parts[i % 3].add(hash, blobs);
        parts[(i / 3) % 3].add(hash, blobs);
      }
      parts[0].merge(parts[1], blobs, blobs);
      parts[0].merge(parts[2], blobs, blobs);
      const auto got = static_cast<double>(parts[0].estimate(blobs));
      const auto want = static_cast<double>(n);
      if (n <= 64) {
        EXPECT_EQ(got, want);
      } else {
        EXPECT_NEAR(got, want, want * 0.065) << "four standard errors";
        squares += (got / want - 1) * (got / want - 1);
        ++trials;
      }
      for (auto& part : parts) {
        EXPECT_TRUE(part.is_sound());
        blobs.release(part.blob);
      }
    }
  }
  EXPECT_LT(std::sqrt(squares / trials), 0.025);
  EXPECT_EQ(blobs.bytes_live(), 0u);
}

TEST(quantile_sketch, is_within_one_percent_of_the_value_at_the_rank) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random{seed};
    std::lognormal_distribution<double> draw{0, 3};
    blob_arena blobs;
    quantile_sketch parts[2];
    std::vector<double> values;
    for (std::size_t i = 0; i < 3000; ++i) {
      const double value = random() % 20 == 0 ? 0 : draw(random) * (random() % 3 == 0 ? -1 : 1);
      values.push_back(value);
      parts[i % 2].add(value, blobs);
    }
    parts[0].merge(parts[1], blobs, blobs);
    std::sort(values.begin(), values.end());
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
      const auto want = values[static_cast<std::size_t>(q * 2999)];
      EXPECT_NEAR(parts[0].quantile(q, blobs), want, std::abs(want) * 0.0101) << q;
    }
  }
}

TEST(quantile_sketch, stays_bounded_over_the_whole_range_of_doubles) {
  std::mt19937_64 random{1};
  blob_arena blobs;
  quantile_sketch sketch;
  for (int i = 0; i < 20000; ++i)
    sketch.add(std::pow(10.0, static_cast<double>(random() % 600) - 300), blobs);
  sketch.add(std::numeric_limits<double>::infinity(), blobs);
  EXPECT_LE(sketch.blob.size, 2048u * 8);
  EXPECT_NEAR(sketch.quantile(0.99, blobs), 1e294, 1e294);
  EXPECT_TRUE(sketch.is_sound());
}

TEST(top_sketch, holds_every_frequent_value_with_a_bounded_error) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random{seed};
    blob_arena blobs;
    constexpr std::size_t k = 5;
    top_sketch parts[2];
    std::map<std::string, std::uint32_t> counts;
    const std::size_t rows = 4000;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto text = "v" + std::to_string(random() % (1 + random() % 400));
      ++counts[text];
      parts[i % 2].add(stable_hash(std::string_view{text}), text, k, blobs);
    }
    parts[0].merge(parts[1], blobs, k, blobs);
    const auto text = parts[0].text(top_sketch::counters(k), true, blobs);
    for (const auto& [value, count] : counts) {
      const auto at = text.find("\"" + value + "\"");
      if (count > rows / top_sketch::counters(k)) {
        ASSERT_NE(at, std::string::npos) << value;
      }
      if (at == std::string::npos)
        continue;
      unsigned have = 0;
      unsigned error = 0;
      ASSERT_EQ(std::sscanf(text.c_str() + text.find("\"count\"", at), "\"count\":%u,\"error\":%u",
                            &have, &error),
                2);
      EXPECT_GE(have, count);
      EXPECT_LE(have - error, count);
      EXPECT_LE(error, rows / top_sketch::counters(k));
    }
    EXPECT_TRUE(parts[0].is_sound(k, blobs));
  }
}

TEST(top_sketch, writes_json) {
  blob_arena blobs;
  top_sketch sketch;
  for (const auto* text : {"a\"b", "c", "c"})
    sketch.add(stable_hash(std::string_view{text}), text, 3, blobs);
  EXPECT_EQ(sketch.text(3, true, blobs),
            R"([{"value":"c","count":2,"error":0},{"value":"a\"b","count":1,"error":0}])");
  EXPECT_EQ(sketch.text(1, false, blobs), R"([{"value":c,"count":2,"error":0}])");
}

TEST(aggregate, refuses_what_it_cannot_compute) {
  const core::data_type text{type_id::string, 0};
  const core::data_type list{type_id::float32_list, 3};
  const core::data_type real{type_id::float64, 0};
  EXPECT_FALSE(make_aggregate({aggregate_kind::sum, 0, 0}, &text).ok());
  EXPECT_FALSE(make_aggregate({aggregate_kind::sum, 0, 0}, &list).ok());
  EXPECT_FALSE(make_aggregate({aggregate_kind::sum, 0, 0}, nullptr).ok());
  EXPECT_FALSE(make_aggregate({aggregate_kind::quantile, 0, 1.5}, &real).ok());
  EXPECT_FALSE(make_aggregate({aggregate_kind::top_k, 0, 0}, &real).ok());
  EXPECT_TRUE(make_aggregate({aggregate_kind::top_k, 0, 10}, &text).ok());
  EXPECT_FALSE(aggregate_set::make({{aggregate_kind::sum, 3, 0}}, {}, 0).ok());
}

} // namespace lepton::pipelines::testing
