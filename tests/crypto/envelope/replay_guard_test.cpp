#include "tests/crypto/envelope/envelope_fixture.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lepton::crypto::testing {

namespace {

segment_salt salt(int i) {
  segment_salt out{};
  out[0] = static_cast<std::uint8_t>(i);
  out[1] = static_cast<std::uint8_t>(i >> 8);
  return out;
}

/// Envelopes of one segment over partitions, as a sink spreads them: (partition, offset) by
/// sequence.
std::vector<core::read_position> spread(int envelopes, int partitions) {
  std::vector<core::read_position> out;
  std::vector<std::int64_t> next(static_cast<std::size_t>(partitions), 100);
  std::mt19937 random{7};
  for (int i = 0; i < envelopes; ++i) {
    const auto partition = static_cast<std::int32_t>(random() % static_cast<unsigned>(partitions));
    out.push_back({partition, next[static_cast<std::size_t>(partition)]++});
  }
  return out;
}

} // namespace

TEST(replay_guard, admits_what_is_read_again_at_its_place) {
  replay_guard guard;
  const auto places = spread(20'000, 6);
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 0; i < places.size(); ++i)
      ASSERT_TRUE(guard.admit(salt(1), i, places[i])) << i;
}

TEST(replay_guard, admits_partitions_that_are_read_one_after_another) {
  replay_guard guard;
  const auto places = spread(50'000, 6);
  for (int partition = 0; partition < 6; ++partition)
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].partition == partition) {
        ASSERT_TRUE(guard.admit(salt(1), i, places[i])) << i;
      }
    }
}

TEST(replay_guard, refuses_each_of_ten_thousand_that_are_put_in_again) {
  replay_guard guard;
  const auto places = spread(10'000, 1);
  for (std::size_t i = 0; i < places.size(); ++i)
    ASSERT_TRUE(guard.admit(salt(1), i, places[i]));
  const auto end = places.back().offset;
  for (std::size_t i = 0; i < places.size(); ++i)
    ASSERT_FALSE(guard.admit(salt(1), i, {0, end + 1 + static_cast<std::int64_t>(i)})) << i;
}

TEST(replay_guard, refuses_a_recent_one_in_another_partition) {
  replay_guard guard;
  const auto places = spread(4'000, 3);
  for (std::size_t i = 0; i < places.size(); ++i)
    ASSERT_TRUE(guard.admit(salt(1), i, places[i]));
  for (std::size_t i = 0; i < places.size(); ++i)
    ASSERT_FALSE(guard.admit(salt(1), i, {7, static_cast<std::int64_t>(i)})) << i;
}

TEST(replay_guard, admits_records_that_retries_put_out_of_order) {
  replay_guard guard;
  EXPECT_TRUE(guard.admit(salt(1), 5, {0, 10}));
  EXPECT_TRUE(guard.admit(salt(1), 3, {0, 11}));
  EXPECT_TRUE(guard.admit(salt(1), 4, {0, 12}));
  EXPECT_TRUE(guard.admit(salt(1), 6, {0, 13}));
  EXPECT_FALSE(guard.admit(salt(1), 4, {0, 14}));
}

TEST(replay_guard, forgets_the_segments_that_were_used_longest_ago) {
  replay_guard guard;
  for (int i = 0; i < 3 * static_cast<int>(replay_guard::max_segments); ++i)
    ASSERT_TRUE(guard.admit(salt(i), 0, {0, i}));
  EXPECT_FALSE(guard.admit(salt(3 * static_cast<int>(replay_guard::max_segments) - 1), 0, {0, 1}));
  EXPECT_TRUE(guard.admit(salt(0), 0, {0, 1'000'000}));
}

TEST(replay_guard, goes_on_where_a_checkpoint_left_it) {
  replay_guard guard;
  const auto places = spread(6'000, 2);
  for (std::size_t i = 0; i < places.size(); ++i)
    ASSERT_TRUE(guard.admit(salt(1), i, places[i]));
  const auto bytes = guard.serialize();
  replay_guard other;
  ASSERT_TRUE(other.restore(bytes));
  EXPECT_EQ(other.serialize(), bytes);
  EXPECT_FALSE(other.admit(salt(1), 5'999, {0, 1'000'000}));
  EXPECT_TRUE(other.admit(salt(1), 5'999, places[5'999]));
  EXPECT_TRUE(other.admit(salt(1), 6'000, {0, 1'000'000}));
  for (std::size_t size = 43; size < bytes.size(); size += 97)
    EXPECT_FALSE(other.restore(bytes.substr(0, size))) << size;
}

TEST(envelope, that_was_copied_to_another_offset_does_not_open) {
  stream_pair pair{core::seal_suite::aegis_256};
  const auto guard = std::make_shared<replay_guard>();
  const auto opener = make_envelope_opener(pair.keys, pair.opening, guard).value();
  const auto envelope = pair.seal("once");
  std::string out;
  EXPECT_TRUE(opener->open(envelope, {"tx", "", 0}, {0, 41}, out));
  EXPECT_TRUE(opener->open(envelope, {"tx", "", 0}, {0, 41}, out));
  out = "before";
  EXPECT_FALSE(opener->open(envelope, {"tx", "", 0}, {0, 42}, out));
  EXPECT_EQ(opener->last_refusal(), core::refusal::replayed);
  EXPECT_EQ(out, "before");
}

} // namespace lepton::crypto::testing
