#include "pipelines/state/keyed_table.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace lepton::pipelines::testing {

namespace {

struct counted {
  std::uint64_t count;
  blob_ref text;
};

table_layout layout_of(std::size_t key_width, std::int64_t ttl = 0) {
  return {key_width, sizeof(counted), {offsetof(counted, text)}, ttl, 0, 7};
}

/// What a table should hold: count and text of each key.
using model = std::map<std::string, std::pair<std::uint64_t, std::string>>;

model contents(const keyed_table& table) {
  model out;
  table.for_each([&](entry_ref entry) {
    const auto& at = table.as<counted>(entry);
    std::string text;
    if (at.text.handle != 0)
      text.assign(reinterpret_cast<const char*>(table.blobs().at(at.text)), at.text.size);
    EXPECT_TRUE(out.emplace(table.key(entry), std::pair{at.count, text}).second);
    EXPECT_EQ(table.find(table.key(entry)), entry);
  });
  EXPECT_EQ(out.size(), table.size());
  return out;
}

void set_text(keyed_table& table, counted& at, const std::string& text) {
  table.blobs().release(at.text);
  if (text.empty())
    return;
  at.text = table.blobs().allocate(text.size());
  std::memcpy(table.blobs().at(at.text), text.data(), text.size());
}

std::string key_text(std::mt19937_64& random, std::size_t keys) {
  const auto n = random() % keys;
  return n % 3 == 0 ? "a much longer key " + std::to_string(n) : std::to_string(n);
}

/// One batch of random updates and a few removals, to a table and its model.
void update(keyed_table& table, model& expected, std::mt19937_64& random, std::size_t keys) {
  std::vector<std::string> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(key_text(random, keys));
  const string_keys batch{rows};
  std::vector<entry_ref> entries(rows.size());
  table.find_or_insert(batch.keys, 0, entries);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& at = table.as<counted>(entries[i]);
    auto& want = expected[rows[i]];
    at.count = ++want.first;
    want.second = std::string(random() % 300, static_cast<char>('a' + random() % 26));
    set_text(table, at, want.second);
  }
  for (int i = 0; i < 10; ++i) {
    const auto gone = key_text(random, keys);
    const auto entry = table.find(gone);
    EXPECT_EQ(entry != no_entry, expected.erase(gone) != 0);
    if (entry != no_entry)
      table.erase(entry);
  }
}

std::vector<std::string> rest_of_snapshot(keyed_table& table) {
  std::vector<std::string> out;
  std::size_t group = 0;
  for (std::string piece; table.next_piece(piece, group, 2000); piece.clear())
    out.push_back(piece);
  table.commit_snapshot();
  return out;
}

std::size_t total(const std::vector<std::string>& pieces) {
  std::size_t out = 0;
  for (const auto& piece : pieces)
    out += piece.size();
  return out;
}

} // namespace

TEST(keyed_table, holds_what_a_map_holds) {
  std::mt19937_64 random{1};
  keyed_table table{layout_of(0)};
  model expected;
  for (int round = 0; round < 100; ++round)
    update(table, expected, random, 2000);
  EXPECT_EQ(contents(table), expected);
  EXPECT_EQ(table.find("not there"), no_entry);
}

TEST(keyed_table, finds_entries_for_whole_batches) {
  keyed_table table{{8, 8, {}, 0, 0, 0}};
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < 5000; ++i)
    numbers.push_back(i * 7919 - 1000);
  const int64_keys batch{numbers};
  std::vector<entry_ref> made(numbers.size());
  std::vector<entry_ref> found(numbers.size());
  table.find(batch.keys, found);
  EXPECT_EQ(found, std::vector<entry_ref>(numbers.size(), no_entry));
  table.find_or_insert(batch.keys, 0, made);
  table.find(batch.keys, found);
  EXPECT_EQ(made, found);
  const std::vector<std::int32_t> some{3, 4000, 17};
  std::vector<entry_ref> three(3);
  table.find_or_insert(batch.keys, some, 0, three);
  EXPECT_EQ(three, (std::vector<entry_ref>{made[3], made[4000], made[17]}));
  EXPECT_EQ(table.size(), numbers.size());
}

TEST(keyed_table, forgets_a_key_that_was_not_used_for_its_time_to_live) {
  keyed_table table{layout_of(8, 1000)};
  const int64_keys two{{1, 2}};
  const int64_keys one{{1}};
  std::vector<entry_ref> entries(2);
  table.find_or_insert(two.keys, 5000, entries);
  table.as<counted>(entries[0]).count = 5;
  set_text(table, table.as<counted>(entries[1]), "some text");
  table.find_or_insert(one.keys, 5600, std::span{entries}.first(1));
  EXPECT_EQ(table.evict(6000, 10), 0u);
  EXPECT_EQ(table.evict(6001, 10), 1u);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.blobs().bytes_live(), 0u);
  EXPECT_EQ(table.as<counted>(entries[0]).count, 5u);
}

TEST(keyed_table, evicts_a_bounded_number_in_each_call) {
  keyed_table table{{8, 8, {}, 1000, 0, 0}};
  std::vector<std::int64_t> numbers(10000);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<std::int64_t>(i);
  const int64_keys batch{numbers};
  std::vector<entry_ref> entries(numbers.size());
  table.find_or_insert(batch.keys, 0, entries);
  EXPECT_EQ(table.evict(100000, 300), 300u);
  std::size_t removed = 300;
  for (int calls = 0; calls < 100; ++calls)
    removed += table.evict(100000, 300);
  EXPECT_EQ(removed, numbers.size());
  EXPECT_EQ(table.size(), 0u);
}

TEST(keyed_table, restores_a_snapshot_written_while_updates_went_on) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random{seed};
    keyed_table table{layout_of(0)};
    model now;
    std::vector<std::string> pieces;
    model as_of;
    for (std::uint64_t number = 0; number < 4; ++number) {
      for (int i = 0; i < 5; ++i)
        update(table, now, random, 600);
      table.begin_snapshot(number, number == 0);
      as_of = now;
      std::string piece;
      std::size_t group = 0;
      for (std::size_t i = random() % 200; i > 0 && table.next_piece(piece, group, 500); --i) {
        pieces.push_back(piece);
        piece.clear();
        if (i % 20 == 0)
          update(table, now, random, 600);
      }
      for (auto& rest : rest_of_snapshot(table))
        pieces.push_back(std::move(rest));
    }
    keyed_table restored{layout_of(0)};
    for (const auto& piece : pieces)
      ASSERT_TRUE(restored.restore_piece(piece).ok());
    ASSERT_TRUE(restored.finish_restore({}).ok());
    EXPECT_EQ(contents(restored), as_of);
    model later = as_of;
    for (int i = 0; i < 5; ++i)
      update(restored, later, random, 600);
    EXPECT_EQ(contents(restored), later);
  }
}

TEST(keyed_table, writes_only_pages_that_changed) {
  std::mt19937_64 random{3};
  keyed_table table{layout_of(0)};
  model expected;
  for (int i = 0; i < 200; ++i)
    update(table, expected, random, 5000);
  table.begin_snapshot(1, true);
  const auto full = rest_of_snapshot(table);
  table.begin_snapshot(2, false);
  EXPECT_TRUE(rest_of_snapshot(table).empty());
  table.find_or_insert(std::string_view{"1"}, 0);
  table.begin_snapshot(3, false);
  const auto one = rest_of_snapshot(table);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_LT(total(one) * 50, total(full));
}

TEST(keyed_table, writes_the_pages_of_an_abandoned_snapshot_again) {
  std::mt19937_64 random{4};
  keyed_table table{layout_of(0)};
  model expected;
  update(table, expected, random, 100);
  table.begin_snapshot(1, false);
  std::string piece;
  std::size_t group = 0;
  table.next_piece(piece, group);
  table.abandon_snapshot();
  table.begin_snapshot(2, false);
  keyed_table restored{layout_of(0)};
  for (const auto& p : rest_of_snapshot(table))
    ASSERT_TRUE(restored.restore_piece(p).ok());
  ASSERT_TRUE(restored.finish_restore({}).ok());
  EXPECT_EQ(contents(restored), expected);
}

TEST(keyed_table, refuses_bytes_that_are_not_its_snapshot) {
  std::mt19937_64 random{5};
  keyed_table table{layout_of(0)};
  model expected;
  for (int i = 0; i < 10; ++i)
    update(table, expected, random, 500);
  table.begin_snapshot(1, true);
  const auto pieces = rest_of_snapshot(table);
  const auto& piece = pieces[pieces.size() / 2];
  for (std::size_t size = 0; size < piece.size(); ++size)
    EXPECT_FALSE(keyed_table{layout_of(0)}.restore_piece(piece.substr(0, size)).ok());
  for (int i = 0; i < 300; ++i) {
    auto changed = piece;
    changed[random() % changed.size()] ^= static_cast<char>(1 << random() % 8);
    EXPECT_FALSE(keyed_table{layout_of(0)}.restore_piece(changed).ok());
  }
  EXPECT_FALSE(keyed_table{layout_of(8)}.restore_piece(piece).ok());
  auto other = layout_of(0);
  other.fingerprint = 8;
  EXPECT_FALSE(keyed_table{other}.restore_piece(piece).ok());
  EXPECT_FALSE(keyed_table{layout_of(0)}.restore_piece(piece, 100).ok());
}

// A frame with a right checksum around a body that is not: every read is checked.
TEST(keyed_table, survives_hostile_bodies) {
  std::mt19937_64 random{6};
  keyed_table table{layout_of(0)};
  model expected;
  for (int i = 0; i < 3; ++i)
    update(table, expected, random, 300);
  table.begin_snapshot(1, true);
  const auto piece = rest_of_snapshot(table).front();
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  ASSERT_TRUE(open_state(piece, state_kind("KTBL"), 1, body, size, error)) << error;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string changed{body};
    for (int flips = 0; flips < 3; ++flips)
      changed[8 + random() % (changed.size() - 8)] = static_cast<char>(random());
    keyed_table target{layout_of(0)};
    const auto taken = target.restore_piece(frame_state(state_kind("KTBL"), 1, changed), 1 << 24);
    const bool good = taken.ok() && target.finish_restore({}).ok();
    refused += good ? 0 : 1;
  }
  EXPECT_GT(refused, 100);
}

TEST(keyed_table, keeps_a_group_apart_for_moving_it) {
  std::mt19937_64 random{8};
  keyed_table table{layout_of(0)};
  model expected;
  for (int i = 0; i < 20; ++i)
    update(table, expected, random, 1000);
  table.begin_snapshot(1, true);
  keyed_table moved{layout_of(0)};
  std::string piece;
  std::size_t group = 0;
  for (; table.next_piece(piece, group); piece.clear())
    if (group < 100) {
      ASSERT_TRUE(moved.restore_piece(piece).ok());
    }
  table.commit_snapshot();
  ASSERT_TRUE(moved.finish_restore({}).ok());
  for (std::size_t g = 0; g < 100; ++g)
    table.drop_group(g);
  auto both = contents(table);
  for (const auto& [key, value] : contents(moved))
    EXPECT_TRUE(both.emplace(key, value).second);
  EXPECT_EQ(both, expected);
}

TEST(keyed_table, states_the_bytes_of_a_key) {
  keyed_table table{{8, 24, {}, 0, 0, 0}};
  EXPECT_EQ(table.entry_bytes(), 32u);
  std::vector<std::int64_t> numbers(500000);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<std::int64_t>(i);
  const int64_keys batch{numbers};
  std::vector<entry_ref> entries(numbers.size());
  table.find_or_insert(batch.keys, 0, entries);
  const auto each = static_cast<double>(table.bytes_used()) / static_cast<double>(numbers.size());
  EXPECT_GT(each, 32 + 4.5);
  EXPECT_LT(each, 32 + 9.2 + 8);
}

} // namespace lepton::pipelines::testing
