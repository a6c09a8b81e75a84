#include "pipelines/state/dedup.hpp"
#include "pipelines/state/event_time.hpp"
#include "pipelines/state/lookup_table.hpp"
#include "pipelines/state/pattern.hpp"
#include "pipelines/state/sort_within.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <map>
#include <random>

namespace lepton::pipelines::testing {

namespace {

using core::type_id;

key_layout card_key() {
  return key_layout::make({{"k", {type_id::int64, 0}, false}}).value();
}

struct rows {
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> times;
};

rows random_rows(std::mt19937_64& random, std::int64_t& now, std::size_t most, std::size_t keys,
                 std::uint64_t disorder) {
  rows out;
  for (std::size_t i = random() % most; i > 0; --i) {
    now += static_cast<std::int64_t>(random() % 6);
    out.keys.push_back(static_cast<std::int64_t>(random() % keys));
    out.times.push_back(now - static_cast<std::int64_t>(random() % disorder));
  }
  return out;
}

} // namespace

TEST(dedup, keeps_what_a_list_of_all_kept_rows_says) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random{seed};
    auto filter = std::make_unique<dedup>(card_key(), 300, 1);
    std::map<std::int64_t, std::int64_t> newest;
    std::int64_t now = 0;
    auto watermark = no_watermark;
    for (int batch = 0; batch < 80; ++batch) {
      const auto in = random_rows(random, now, 50, 60, 100);
      const int64_keys keys{in.keys};
      std::vector<std::int32_t> kept, twice, late;
      filter->process(keys.keys, in.times, watermark, kept, twice, late);
      std::vector<std::int32_t> want, want_twice, want_late;
      for (std::size_t i = 0; i < in.times.size(); ++i) {
        const auto row = static_cast<std::int32_t>(i);
        const auto found = newest.find(in.keys[i]);
        if (in.times[i] < watermark) {
          want_late.push_back(row);
        } else if (found != newest.end() && std::abs(in.times[i] - found->second) < 300) {
          want_twice.push_back(row);
        } else {
          want.push_back(row);
          auto& at = newest.emplace(in.keys[i], in.times[i]).first->second;
          at = std::max(at, in.times[i]);
        }
      }
      ASSERT_EQ(kept, want);
      ASSERT_EQ(twice, want_twice);
      ASSERT_EQ(late, want_late);
      watermark = std::max(watermark, now - 80);
      if (batch == 40) {
        auto restored = std::make_unique<dedup>(card_key(), 300, 1);
        copy_table(filter->table(), restored->table());
        ASSERT_TRUE(restored->finish_restore().ok());
        filter = std::move(restored);
      }
    }
  }
}

TEST(dedup, forgets_keys_beyond_the_horizon) {
  dedup filter{card_key(), 1000, 1};
  std::vector<std::int32_t> kept, twice, late;
  for (std::int64_t i = 0; i < 5000; ++i) {
    const int64_keys keys{{i}};
    const std::vector<std::int64_t> times{i * 50};
    filter.process(keys.keys, times, i * 50, kept, twice, late);
  }
  EXPECT_LT(filter.table().size(), 100u);
}

namespace {

/// All attempts, each on its own, as a list.
struct attempts {
  struct attempt {
    std::int64_t start;
    std::size_t taken;
  };
  pattern_options options;
  std::vector<std::size_t> step_of;
  std::map<std::int64_t, std::vector<attempt>> of_key;

  explicit attempts(const pattern_options& of) : options{of} {
    for (std::size_t step = 0; step < of.counts.size(); ++step)
      step_of.insert(step_of.end(), of.counts[step], step);
  }
  std::optional<std::int64_t> add(std::int64_t key, std::int64_t time,
                                  const std::vector<bool>& fits) {
    std::optional<std::int64_t> match;
    std::vector<attempt> next;
    for (auto attempt : of_key[key]) {
      if (time - attempt.start > options.within_ms)
        continue;
      if (fits[step_of[attempt.taken]])
        ++attempt.taken;
      else if (options.strict)
        continue;
      if (attempt.taken == step_of.size())
        match = std::max(match.value_or(INT64_MIN), attempt.start);
      else
        next.push_back(attempt);
    }
    if (match && !options.overlap)
      next.clear();
    else if (fits[0])
      next.push_back({time, 1});
    of_key[key] = next;
    return match;
  }
};

} // namespace

TEST(pattern, finds_what_a_list_of_all_attempts_finds) {
  int found = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random{seed};
    pattern_options options;
    for (std::size_t steps = 2 + random() % 2; steps > 0; --steps)
      options.counts.push_back(static_cast<std::uint32_t>(1 + random() % 3));
    options.within_ms = 40 + static_cast<std::int64_t>(random() % 200);
    options.strict = seed % 2 == 0;
    options.overlap = seed % 4 < 2;
    auto finder = pattern::make(card_key(), options, 1).value();
    attempts expected{options};
    std::int64_t now = 0;
    for (int batch = 0; batch < 40; ++batch) {
      const auto in = random_rows(random, now, 60, 6, 1);
      std::vector<core::ref_ptr<core::column>> columns;
      std::vector<const core::column*> steps;
      std::vector<std::vector<bool>> fits(options.counts.size());
      for (auto& step : fits) {
        for (std::size_t i = 0; i < in.times.size(); ++i)
          step.push_back(random() % 5 < 3);
        columns.push_back(boolean_column(step));
        steps.push_back(columns.back().get());
      }
      const int64_keys keys{in.keys};
      std::vector<pattern::match> out;
      finder->process(keys.keys, in.times, steps, now - 300, out);
      std::size_t next = 0;
      for (std::size_t i = 0; i < in.times.size(); ++i) {
        std::vector<bool> fit;
        for (const auto& step : fits)
          fit.push_back(step[i]);
        if (const auto start = expected.add(in.keys[i], in.times[i], fit)) {
          ASSERT_LT(next, out.size()) << "seed " << seed;
          EXPECT_EQ(out[next].row, static_cast<std::int32_t>(i));
          EXPECT_EQ(out[next].start_ms, *start);
          ++next;
          ++found;
        }
      }
      ASSERT_EQ(next, out.size());
      if (batch == 20) {
        auto restored = pattern::make(card_key(), options, 1).value();
        copy_table(finder->table(), restored->table());
        ASSERT_TRUE(restored->finish_restore().ok());
        finder = std::move(restored);
      }
    }
  }
  EXPECT_GT(found, 500);
}

TEST(pattern, finds_three_declines_and_an_approval_within_five_minutes) {
  auto finder = pattern::make(card_key(), {{3, 1}, 300'000, false, false}, 1).value();
  const int64_keys keys{{1, 1, 2, 1, 1, 1}};
  const std::vector<std::int64_t> times{0, 60'000, 61'000, 120'000, 200'000, 300'000};
  const auto declined = boolean_column({true, true, true, true, false, false});
  const auto approved = boolean_column({false, false, false, false, false, true});
  const core::column* steps[] = {declined.get(), approved.get()};
  std::vector<pattern::match> out;
  finder->process(keys.keys, times, steps, no_watermark, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].row, 5);
  EXPECT_EQ(out[0].start_ms, 0);
}

TEST(pattern, refuses_patterns_that_make_no_sense) {
  for (const auto& counts : std::vector<std::vector<std::uint32_t>>{{}, {1}, {1, 0}, {40, 40}})
    EXPECT_FALSE(pattern::make(card_key(), {counts, 10, false, false}, 1).ok());
}

TEST(sort_within, hands_rows_out_in_order_of_time_and_arrival) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random{seed};
    const std::vector<core::field> fields{{"id", {type_id::int64, 0}, false},
                                          {"name", {type_id::string, 0}, true}};
    auto sorter = std::make_unique<sort_within>(fields);
    std::vector<std::pair<std::int64_t, std::int64_t>> want; // time, id
    std::vector<std::pair<std::int64_t, std::int64_t>> have;
    std::int64_t now = 0;
    std::int64_t id = 0;
    auto watermark = no_watermark;
    for (int batch = 0; batch < 60; ++batch) {
      const auto in = random_rows(random, now, 40, 1, 60);
      std::vector<std::int64_t> ids;
      std::vector<std::string> names;
      for (const auto time : in.times) {
        if (time >= watermark)
          want.emplace_back(time, id);
        names.push_back("n" + std::to_string(id));
        ids.push_back(id++);
      }
      const auto a = int64_column(ids);
      const auto b = string_column(names);
      const core::column* columns[] = {a.get(), b.get()};
      std::vector<std::int32_t> late;
      sorter->add(columns, in.times, watermark, late);
      watermark = batch == 59 ? final_watermark : std::max(watermark, now - 40);
      std::vector<core::column_ptr> out;
      std::vector<std::int64_t> times;
      while (sorter->take(watermark, 7, out, times) != 0)
        for (std::size_t i = 0; i < times.size(); ++i) {
          have.emplace_back(times[i], out[0]->as<std::int64_t>()[i]);
          EXPECT_EQ(out[1]->string_at(static_cast<std::int64_t>(i)),
                    "n" + std::to_string(have.back().second));
        }
      if (batch == 30) {
        const auto bytes = sorter->save();
        for (std::size_t size = 0; size < bytes.size(); size += 11)
          EXPECT_FALSE(sort_within{fields}.restore(bytes.substr(0, size)).ok());
        auto restored = std::make_unique<sort_within>(fields);
        ASSERT_TRUE(restored->restore(bytes).ok());
        sorter = std::move(restored);
      }
    }
    std::stable_sort(want.begin(), want.end());
    EXPECT_EQ(have, want);
    EXPECT_EQ(sorter->size(), 0u);
  }
}

TEST(lookup_table, holds_the_latest_row_of_each_key) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random{seed};
    const std::vector<core::field> fields{{"v", {type_id::int64, 0}, false},
                                          {"s", {type_id::string, 0}, false}};
    auto table = std::make_unique<lookup_table>(card_key(), fields, 1);
    std::map<std::int64_t, std::tuple<std::int64_t, std::int64_t, std::string>> expected;
    for (int batch = 0; batch < 30; ++batch) {
      std::vector<std::int64_t> keys, times, numbers;
      std::vector<std::string> texts;
      std::vector<bool> deleted;
      for (int i = 0; i < 30; ++i) {
        keys.push_back(static_cast<std::int64_t>(random() % 50));
        times.push_back(batch + static_cast<std::int64_t>(random() % 3));
        numbers.push_back(static_cast<std::int64_t>(random() % 1000));
        texts.emplace_back(random() % 100, 'x');
        deleted.push_back(random() % 10 == 0);
        const auto found = expected.find(keys.back());
        if (deleted.back())
          expected.erase(keys.back());
        else if (found == expected.end() || std::get<0>(found->second) <= times.back())
          expected[keys.back()] = {times.back(), numbers.back(), texts.back()};
      }
      const int64_keys encoded{keys};
      const auto a = int64_column(numbers);
      const auto b = string_column(texts);
      const core::column* columns[] = {a.get(), b.get()};
      table->update(encoded.keys, times, columns, deleted);
      if (batch == 15) {
        auto restored = std::make_unique<lookup_table>(card_key(), fields, 1);
        copy_table(table->table(), restored->table());
        ASSERT_TRUE(restored->finish_restore().ok());
        table = std::move(restored);
      }
    }
    std::vector<std::int64_t> all;
    for (std::int64_t key = -5; key < 60; ++key)
      all.push_back(key);
    const int64_keys encoded{all};
    std::vector<bool> found;
    const auto out = table->find(encoded.keys, found);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto want = expected.find(all[i]);
      const auto row = static_cast<std::int64_t>(i);
      ASSERT_EQ(found[i], want != expected.end());
      EXPECT_EQ(out[0]->valid(row), found[i]);
      EXPECT_EQ(out[1]->valid(row), found[i]);
      if (!found[i])
        continue;
      EXPECT_EQ(out[0]->as<std::int64_t>()[i], std::get<1>(want->second));
      EXPECT_EQ(out[1]->string_at(row), std::get<2>(want->second));
    }
  }
}

} // namespace lepton::pipelines::testing
