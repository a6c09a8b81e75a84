#include "connectors/kafka/offset_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace lepton::connectors {
namespace {

TEST(offset_tracker, has_nothing_to_commit_before_the_first_range_is_settled) {
  offset_tracker tracker;
  EXPECT_FALSE(tracker.to_commit());
  const auto first = tracker.hand_out(5, 9, 5, 50);
  EXPECT_FALSE(tracker.to_commit());
  EXPECT_EQ(tracker.position(), 10);
  tracker.settle(first);
  EXPECT_EQ(tracker.to_commit(), 10);
  EXPECT_TRUE(tracker.idle());
}

TEST(offset_tracker, waits_for_the_first_gap) {
  offset_tracker tracker;
  const auto first = tracker.hand_out(0, 9, 10, 1);
  const auto second = tracker.hand_out(12, 19, 8, 1); // 10 and 11 are control records
  tracker.settle(second);
  EXPECT_FALSE(tracker.settled_prefix());
  EXPECT_EQ(tracker.window_records(), 18);
  tracker.settle(first);
  EXPECT_EQ(tracker.settled_prefix(), 20);
  EXPECT_EQ(tracker.window_records(), 0);
  EXPECT_EQ(tracker.window_bytes(), 0);
}

TEST(offset_tracker, skips_control_records_only_behind_what_was_handed_out) {
  offset_tracker tracker;
  const auto first = tracker.hand_out(0, 4, 5, 1);
  tracker.skip_to(6);
  EXPECT_FALSE(tracker.settled_prefix());
  tracker.settle(first);
  EXPECT_EQ(tracker.settled_prefix(), 6);
  tracker.skip_to(3);
  EXPECT_EQ(tracker.settled_prefix(), 6);
}

TEST(offset_tracker, asks_again_for_a_commit_that_failed) {
  offset_tracker tracker;
  tracker.settle(tracker.hand_out(0, 0, 1, 1));
  tracker.commit_requested(1);
  EXPECT_FALSE(tracker.to_commit());
  tracker.commit_failed();
  EXPECT_EQ(tracker.to_commit(), 1);
}

TEST(offset_tracker, ignores_a_second_settlement) {
  offset_tracker tracker;
  const auto first = tracker.hand_out(0, 0, 1, 1);
  tracker.hand_out(1, 1, 1, 1);
  tracker.settle(first);
  tracker.settle(first);
  EXPECT_EQ(tracker.settled_prefix(), 1);
}

TEST(offset_tracker, never_passes_an_unsettled_range_whatever_the_order) {
  std::mt19937 random{11};
  for (int round = 0; round < 200; ++round) {
    struct range {
      offset_tracker::ticket ticket;
      std::int64_t next;
      bool settled = false;
    };
    offset_tracker tracker;
    std::vector<range> ranges;
    std::int64_t offset = 0;
    for (int i = 0; i < 50; ++i) {
      const auto first = offset + static_cast<std::int64_t>(random() % 3);
      const auto last = first + static_cast<std::int64_t>(random() % 100);
      ranges.push_back({tracker.hand_out(first, last, last - first + 1, 1), last + 1});
      offset = last + 1;
    }
    std::vector<std::size_t> order(ranges.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (const auto i : order) {
      tracker.settle(ranges[i].ticket);
      ranges[i].settled = true;
      std::int64_t expected = 0;
      for (const auto& each : ranges) {
        if (!each.settled)
          break;
        expected = each.next;
      }
      ASSERT_EQ(tracker.settled_prefix().value_or(0), expected);
    }
    EXPECT_EQ(tracker.settled_prefix(), offset);
  }
}

} // namespace
} // namespace lepton::connectors
