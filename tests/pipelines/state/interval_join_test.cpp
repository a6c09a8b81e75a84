#include "pipelines/state/event_time.hpp"
#include "pipelines/state/interval_join.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <map>
#include <random>
#include <set>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

std::unique_ptr<interval_join> made(const join_options& options) {
  return interval_join::make(
             {{"id", {type_id::int64, 0}, false}},
             {{"name", {type_id::string, 0}, false}, {"id", {type_id::int64, 0}, false}}, options)
      .value();
}

struct held_row {
  std::int64_t key;
  std::int64_t time;
  std::int64_t id;
};

constexpr std::int64_t nobody = -1;

/// Left id, right id, time.
using pair = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

void read(interval_join& join, std::multiset<pair>& to) {
  const auto count = join.pairs();
  const auto columns = join.take();
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto id = [&](std::size_t column) {
      return columns[column]->valid(row) ? columns[column]->as<std::int64_t>()[i] : nobody;
    };
    ASSERT_EQ(columns[1]->valid(row), columns[2]->valid(row));
    if (columns[1]->valid(row)) {
      EXPECT_EQ(columns[1]->string_at(row), "n" + std::to_string(id(2)));
    }
    to.emplace(id(0), id(2), columns[3]->as<std::int64_t>()[i]);
  }
}

std::multiset<pair> expected(const std::vector<held_row>& left, const std::vector<held_row>& right,
                             const join_options& options) {
  std::multiset<pair> out;
  std::set<std::int64_t> joined_left;
  std::set<std::int64_t> joined_right;
  for (const auto& l : left)
    for (const auto& r : right)
      if (l.key == r.key && r.time >= l.time + options.lower_ms &&
          r.time <= l.time + options.upper_ms) {
        out.emplace(l.id, r.id, std::max(l.time, r.time));
        joined_left.insert(l.id);
        joined_right.insert(r.id);
      }
  for (const auto& l : left)
    if (options.left_outer && !joined_left.contains(l.id))
      out.emplace(l.id, nobody, l.time);
  for (const auto& r : right)
    if (options.right_outer && !joined_right.contains(r.id))
      out.emplace(nobody, r.id, r.time);
  return out;
}

} // namespace

TEST(interval_join, agrees_with_a_comparison_of_all_pairs) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random{seed};
    join_options options;
    options.lower_ms = static_cast<std::int64_t>(random() % 100) - 60;
    options.upper_ms = options.lower_ms + static_cast<std::int64_t>(random() % 100);
    options.left_outer = seed % 2 == 0;
    options.right_outer = seed % 3 == 0;
    auto join = made(options);
    std::vector<held_row> taken[2];
    std::multiset<pair> got;
    std::int64_t now = 0;
    std::int64_t id = 0;
    auto watermark = no_watermark;
    for (int batch = 0; batch < 60; ++batch) {
      const auto side = random() % 2;
      std::vector<std::int64_t> keys, times, ids;
      std::vector<std::string> names;
      std::vector<std::int32_t> want_late;
      for (std::size_t i = random() % 20; i > 0; --i) {
        now += static_cast<std::int64_t>(random() % 10);
        keys.push_back(static_cast<std::int64_t>(random() % 4));
        times.push_back(now - static_cast<std::int64_t>(random() % 90));
        names.push_back("n" + std::to_string(id));
        if (times.back() < watermark)
          want_late.push_back(static_cast<std::int32_t>(times.size() - 1));
        else
          taken[side].push_back({keys.back(), times.back(), id});
        ids.push_back(id++);
      }
      const int64_keys encoded{keys};
      const auto numbers = int64_column(ids);
      const auto texts = string_column(names);
      std::vector<const core::column*> columns{numbers.get()};
      if (side == 1)
        columns.insert(columns.begin(), texts.get());
      std::vector<std::int32_t> late;
      join->add(side == 0 ? interval_join::side::left : interval_join::side::right, encoded.keys,
                columns, times, watermark, late);
      ASSERT_EQ(late, want_late);
      watermark = batch == 59 ? final_watermark : std::max(watermark, now - 70);
      join->advance(watermark);
      read(*join, got);
      if (batch == 30) {
        const auto bytes = join->save();
        for (std::size_t size = 0; size < bytes.size(); size += 13)
          ASSERT_FALSE(made(options)->restore(bytes.substr(0, size)).ok());
        auto restored = made(options);
        ASSERT_TRUE(restored->restore(bytes).ok());
        join = std::move(restored);
      }
    }
    ASSERT_EQ(got, expected(taken[0], taken[1], options)) << "seed " << seed;
    EXPECT_EQ(join->held(), 0u);
  }
}

TEST(interval_join, refuses_bounds_in_the_wrong_order) {
  EXPECT_FALSE(interval_join::make({}, {}, {5, 4, false, false}).ok());
}

} // namespace lepton::pipelines::testing
