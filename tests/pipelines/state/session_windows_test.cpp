#include "pipelines/state/count_windows.hpp"
#include "pipelines/state/event_time.hpp"
#include "pipelines/state/session_windows.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <map>
#include <random>
#include <set>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

key_layout name_key() {
  return key_layout::make({{"k", {type_id::string, 0}, false}}).value();
}

window_inputs inputs() {
  using k = aggregate_kind;
  return {{{"v", {type_id::int64, 0}, false}},
          {{k::count, aggregate_spec::rows, 0}, {k::sum, 0, 0}, {k::distinct, 0, 0}},
          0};
}

/// key, start, end, count, sum, distinct
using result_row =
    std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

std::multiset<result_row> read(window_rows& rows) {
  const auto count = rows.size();
  const auto columns = rows.take();
  std::multiset<result_row> out;
  const auto at = [&](std::size_t column, std::size_t row) {
    return columns[column]->as<std::int64_t>()[row];
  };
  for (std::size_t i = 0; i < count; ++i)
    out.emplace(columns[0]->string_at(static_cast<std::int64_t>(i)), at(1, i), at(2, i), at(3, i),
                at(4, i), at(5, i));
  return out;
}

struct row {
  std::string key;
  std::int64_t time;
  std::int64_t value;
};

struct fed {
  explicit fed(const std::vector<row>& rows) : keys{names(rows)} {
    std::vector<std::int64_t> values;
    for (const auto& r : rows) {
      times.push_back(r.time);
      values.push_back(r.value);
    }
    column = int64_column(values);
    columns.push_back(column.get());
  }
  static std::vector<std::string> names(const std::vector<row>& rows) {
    std::vector<std::string> out;
    for (const auto& r : rows)
      out.push_back(r.key);
    return out;
  }
  string_keys keys;
  std::vector<std::int64_t> times;
  core::ref_ptr<core::column> column;
  std::vector<const core::column*> columns;
};

std::vector<row> random_rows(std::mt19937_64& random, std::int64_t& now) {
  std::vector<row> out;
  for (std::size_t i = random() % 30; i > 0; --i) {
    now += static_cast<std::int64_t>(random() % 20);
    out.push_back({"a card with number " + std::to_string(random() % 4),
                   now - static_cast<std::int64_t>(random() % 150),
                   static_cast<std::int64_t>(random() % 10)});
  }
  return out;
}

result_row total(const std::vector<row>& rows, std::int64_t end) {
  std::set<std::int64_t> different;
  std::int64_t sum = 0;
  for (const auto& r : rows) {
    sum += r.value;
    different.insert(r.value);
  }
  return {rows.front().key,
          rows.front().time,
          end,
          static_cast<std::int64_t>(rows.size()),
          sum,
          static_cast<std::int64_t>(different.size())};
}

/// Sorts the rows that are held and cuts them where the distance is a gap or more.
std::multiset<result_row> due(std::map<std::string, std::vector<row>>& held, std::int64_t gap,
                              std::int64_t watermark) {
  std::multiset<result_row> out;
  for (auto& [key, rows] : held) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const row& a, const row& b) { return a.time < b.time; });
    std::vector<row> rest;
    for (std::size_t begin = 0; begin < rows.size();) {
      auto end = begin + 1;
      while (end < rows.size() && rows[end].time - rows[end - 1].time < gap)
        ++end;
      const std::vector<row> session{rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                     rows.begin() + static_cast<std::ptrdiff_t>(end)};
      if (session.back().time + gap <= watermark)
        out.insert(total(session, session.back().time + gap));
      else
        rest.insert(rest.end(), session.begin(), session.end());
      begin = end;
    }
    rows = rest;
  }
  return out;
}

} // namespace

TEST(session_windows, agree_with_cutting_sorted_rows_at_the_gaps) {
  std::size_t fired = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random{seed};
    const std::int64_t gap = 20 + static_cast<std::int64_t>(random() % 200);
    auto sessions = session_windows::make(name_key(), inputs(), gap).value();
    std::map<std::string, std::vector<row>> held;
    std::int64_t now = 0;
    auto watermark = no_watermark;
    for (int batch = 0; batch < 60; ++batch) {
      const auto rows = random_rows(random, now);
      std::vector<std::int32_t> want_late;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].time + gap <= watermark)
          want_late.push_back(static_cast<std::int32_t>(i));
        else
          held[rows[i].key].push_back(rows[i]);
      const fed in{rows};
      std::vector<std::int32_t> late;
      sessions->add(in.keys.keys, in.times, in.columns, watermark, late);
      ASSERT_EQ(late, want_late);
      if (batch % 20 == 10) {
        auto restored = session_windows::make(name_key(), inputs(), gap).value();
        copy_table(sessions->table(), restored->table());
        ASSERT_TRUE(restored->finish_restore().ok());
        sessions = std::move(restored);
      }
      watermark = batch == 59 ? final_watermark : std::max(watermark, now - 100);
      std::multiset<result_row> got;
      for (bool more = true; more;) {
        more = sessions->advance(watermark, 3);
        got.merge(read(sessions->rows()));
      }
      fired += got.size();
      ASSERT_EQ(got, due(held, gap, watermark)) << "seed " << seed << " batch " << batch;
    }
    EXPECT_EQ(sessions->table().size(), 0u);
    EXPECT_EQ(sessions->table().blobs().bytes_live(), 0u);
  }
  EXPECT_GT(fired, 1000u);
}

TEST(session_windows, end_a_gap_after_the_last_row) {
  auto sessions = session_windows::make(name_key(), inputs(), 10).value();
  std::vector<std::int32_t> late;
  const fed in{{{"a", 0, 1}, {"a", 9, 1}, {"a", 19, 1}}};
  sessions->add(in.keys.keys, in.times, in.columns, no_watermark, late);
  EXPECT_FALSE(sessions->advance(18, 10));
  EXPECT_EQ(sessions->rows().size(), 0u);
  sessions->advance(19, 10);
  EXPECT_EQ(read(sessions->rows()), (std::multiset<result_row>{{"a", 0, 19, 2, 2, 1}}));
  EXPECT_FALSE(session_windows::make(name_key(), inputs(), 0).ok());
}

TEST(count_windows, give_a_row_for_every_so_many) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random{seed};
    const std::uint64_t size = 1 + random() % 6;
    auto windows = count_windows::make(name_key(), inputs(), size, 0).value();
    std::map<std::string, std::vector<row>> held;
    std::int64_t now = 0;
    for (int batch = 0; batch < 40; ++batch) {
      const auto rows = random_rows(random, now);
      std::multiset<result_row> want;
      for (const auto& r : rows) {
        auto& of_key = held[r.key];
        of_key.push_back(r);
        if (of_key.size() != size)
          continue;
        std::stable_sort(of_key.begin(), of_key.end(),
                         [](const row& a, const row& b) { return a.time < b.time; });
        want.insert(total(of_key, of_key.back().time + 1));
        of_key.clear();
      }
      const fed in{rows};
      windows->add(in.keys.keys, in.times, in.columns, now);
      ASSERT_EQ(read(windows->rows()), want);
      if (batch == 20) {
        auto restored = count_windows::make(name_key(), inputs(), size, 0).value();
        copy_table(windows->table(), restored->table());
        ASSERT_TRUE(restored->finish_restore().ok());
        windows = std::move(restored);
      }
    }
  }
}

TEST(count_windows, forget_keys_without_rows) {
  auto windows = count_windows::make(name_key(), inputs(), 10, 1000).value();
  for (std::int64_t i = 0; i < 3000; ++i) {
    const fed in{{{std::to_string(i), i * 50, 1}}};
    windows->add(in.keys.keys, in.times, in.columns, i * 50);
  }
  EXPECT_LT(windows->table().size(), 100u);
  EXPECT_FALSE(count_windows::make(name_key(), inputs(), 0, 0).ok());
}

} // namespace lepton::pipelines::testing
