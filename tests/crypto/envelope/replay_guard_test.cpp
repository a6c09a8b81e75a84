#include "crypto/envelope/replay_guard.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace lepton::crypto {

namespace {

segment_id segment(std::uint32_t number) {
  segment_id out{};
  std::mt19937 random{number};
  for (auto& each : out)
    each = static_cast<std::uint8_t>(random());
  return out;
}

/// `count` envelopes of one sealer, spread over `partitions` as a producer may do.
struct written {
  std::uint64_t sequence;
  core::read_position at;
};
std::vector<written> write(std::uint64_t count, std::int32_t partitions, std::uint32_t seed) {
  std::mt19937 random{seed};
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(partitions), 100);
  std::vector<written> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto partition = static_cast<std::int32_t>(random() % static_cast<unsigned>(partitions));
    auto& offset = offsets[static_cast<std::size_t>(partition)];
    offset += 1 + random() % 3; // other producers write there too
    out.push_back({i, {partition, offset}});
  }
  return out;
}

/// All of one partition after the other: the largest skew that there can be.
std::vector<written> read_with_skew(std::vector<written> all) {
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.at.partition < b.at.partition; });
  return all;
}

} // namespace

TEST(replay_guard, admits_partitions_read_with_any_skew) {
  for (const auto& all : {write(50'000, 6, 1), read_with_skew(write(50'000, 6, 1))}) {
    replay_guard guard;
    for (const auto& each : all)
      ASSERT_TRUE(guard.admit(segment(1), each.sequence, each.at)) << each.sequence;
  }
}

TEST(replay_guard, admits_what_is_read_again) {
  const auto all = write(20'000, 3, 2);
  replay_guard guard;
  std::mt19937 random{3};
  std::size_t at = 0;
  for (int i = 0; i < 200'000 && at < all.size(); ++i) {
    ASSERT_TRUE(guard.admit(segment(1), all[at].sequence, all[at].at));
    ++at;
    if (random() % 500 == 0)
      at -= std::min<std::size_t>(at, random() % 400);
  }
  for (const auto& each : all) // and from the beginning
    ASSERT_TRUE(guard.admit(segment(1), each.sequence, each.at));
}

TEST(replay_guard, refuses_what_is_put_in_again) {
  const auto all = write(10'000, 4, 4);
  replay_guard guard;
  for (const auto& each : all)
    ASSERT_TRUE(guard.admit(segment(1), each.sequence, each.at));
  std::int64_t offset = 1'000'000;
  std::size_t flagged = 0;
  for (const auto& each : all)
    flagged += !guard.admit(segment(1), each.sequence, {each.at.partition, ++offset});
  EXPECT_EQ(flagged, all.size());
  flagged = 0;
  for (const auto& each : all)
    flagged += !guard.admit(segment(1), each.sequence, {(each.at.partition + 1) % 4, ++offset});
  EXPECT_EQ(flagged, all.size());
  for (const auto& each : all) // and none of it disturbs those who read again
    ASSERT_TRUE(guard.admit(segment(1), each.sequence, each.at));
}

TEST(replay_guard, refuses_the_last_ones_in_a_new_partition) {
  const auto all = write(10'000, 1, 5);
  replay_guard guard;
  for (const auto& each : all)
    ASSERT_TRUE(guard.admit(segment(1), each.sequence, each.at));
  for (std::size_t i = all.size() - replay_guard::window; i < all.size(); ++i)
    EXPECT_FALSE(guard.admit(segment(1), all[i].sequence, {7, static_cast<std::int64_t>(i)}));
}

TEST(replay_guard, refuses_a_replay_again_after_a_rewind) {
  replay_guard guard;
  std::vector<written> log;
  for (std::uint64_t i = 0; i < 9000; ++i)
    log.push_back({i, {0, static_cast<std::int64_t>(i)}});
  log.insert(log.begin() + 5000, {1000, {0, 4999}});
  for (std::size_t i = 5000; i < log.size(); ++i)
    log[i].at.offset = static_cast<std::int64_t>(i);
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t i = 0; i < log.size(); ++i)
      ASSERT_EQ(guard.admit(segment(1), log[i].sequence, log[i].at), i != 5000) << i;
}

TEST(replay_guard, keeps_segments_apart_and_forgets_the_oldest) {
  replay_guard guard;
  for (std::uint32_t i = 0; i < 2000; ++i)
    EXPECT_TRUE(guard.admit(segment(i), 5, {0, i}));
  EXPECT_FALSE(guard.admit(segment(1999), 5, {0, 5000}));
  EXPECT_TRUE(guard.admit(segment(0), 5, {0, 5000}));
}

TEST(replay_guard, comes_back_from_a_checkpoint) {
  const auto all = write(10'000, 4, 6);
  replay_guard guard;
  for (std::size_t i = 0; i < all.size(); ++i)
    ASSERT_TRUE(guard.admit(segment(i % 5), all[i].sequence / 5, all[i].at));
  replay_guard later;
  const auto kept = guard.serialize();
  ASSERT_TRUE(later.restore(kept).ok());
  EXPECT_EQ(later.serialize().size(), kept.size());
  std::int64_t offset = 1'000'000;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(later.admit(segment(i % 5), all[i].sequence / 5, all[i].at));
    EXPECT_FALSE(later.admit(segment(i % 5), all[i].sequence / 5, {all[i].at.partition, ++offset}));
  }
  for (std::size_t size = 0; size < kept.size(); size += size < 300 ? 1 : 997)
    if (size != 6) { // no segments
      EXPECT_FALSE(later.restore(kept.substr(0, size)).ok()) << size;
    }
  EXPECT_FALSE(later.admit(segment(0), all[0].sequence, {0, ++offset})); // as it was
}

TEST(replay_guard, is_shared_by_threads) {
  replay_guard guard;
  std::vector<std::thread> threads;
  std::atomic<int> refused{0};
  for (std::int32_t partition = 0; partition < 8; ++partition)
    threads.emplace_back([&, partition] {
      for (std::uint64_t i = 0; i < 20'000; ++i)
        refused += !guard.admit(segment(i % 3), i * 8 + static_cast<std::uint64_t>(partition),
                                {partition, static_cast<std::int64_t>(i)});
    });
  for (auto& each : threads)
    each.join();
  EXPECT_EQ(refused, 0);
}

} // namespace lepton::crypto
