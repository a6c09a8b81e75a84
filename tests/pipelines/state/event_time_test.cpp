#include "pipelines/state/timer_queue.hpp"
#include "pipelines/state/watermark_tracker.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace lepton::pipelines::testing {

TEST(watermark_tracker, is_the_slowest_partition_less_the_disorder) {
  watermark_tracker tracker{{100, 0, 0}, 2, 0};
  tracker.observe(0, 1000, 0);
  EXPECT_EQ(tracker.advance(0), no_watermark) << "nothing is known of the other partition";
  tracker.observe(1, 700, 0);
  EXPECT_EQ(tracker.advance(0), 600);
  tracker.observe(1, 2000, 0);
  EXPECT_EQ(tracker.advance(0), 900);
  tracker.observe(0, 500, 0);
  EXPECT_EQ(tracker.advance(0), 900) << "an older row takes nothing back";
}

TEST(watermark_tracker, does_not_wait_for_idle_partitions_and_does_not_go_back_for_them) {
  watermark_tracker tracker{{0, 50, 0}, 2, 0};
  tracker.observe(0, 1000, 10);
  EXPECT_EQ(tracker.advance(49), no_watermark);
  EXPECT_EQ(tracker.advance(50), 1000);
  EXPECT_TRUE(tracker.idle(1, 50));
  tracker.observe(1, 400, 55);
  EXPECT_EQ(tracker.advance(55), 1000);
  tracker.observe(0, 1500, 60);
  EXPECT_EQ(tracker.advance(60), 1000) << "it is back, and slow";
  EXPECT_EQ(tracker.advance(200), 1000) << "all idle: it stays";
}

TEST(watermark_tracker, tells_who_runs_too_far_ahead) {
  watermark_tracker tracker{{0, 100, 500}, 2, 0};
  tracker.observe(0, 2000, 0);
  EXPECT_FALSE(tracker.too_far_ahead(0, 0));
  tracker.observe(1, 1499, 0);
  EXPECT_TRUE(tracker.too_far_ahead(0, 0));
  EXPECT_FALSE(tracker.too_far_ahead(1, 0));
  tracker.observe(1, 1500, 0);
  EXPECT_FALSE(tracker.too_far_ahead(0, 0));
}

TEST(watermark_tracker, ends_when_all_partitions_end) {
  watermark_tracker tracker{{10, 0, 0}, 2, 0};
  tracker.observe(0, 100, 0);
  tracker.observe(1, 50, 0);
  tracker.end(1);
  EXPECT_EQ(tracker.advance(0), 90);
  tracker.end(0);
  EXPECT_EQ(tracker.advance(0), final_watermark);
}

TEST(watermark_tracker, goes_on_after_a_restore) {
  watermark_tracker tracker{{10, 0, 0}, 2, 0};
  tracker.observe(0, 100, 0);
  tracker.observe(1, 200, 0);
  tracker.advance(0);
  const auto bytes = tracker.save();
  watermark_tracker restored{{10, 0, 0}, 0, 0};
  ASSERT_TRUE(restored.restore(bytes, 0).ok());
  EXPECT_EQ(restored.current(), 90);
  restored.observe(0, 150, 0);
  EXPECT_EQ(restored.advance(0), 140);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(restored.restore(bytes.substr(0, size), 0).ok());
}

TEST(watermark_merge, is_the_smallest_input) {
  watermark_merge merge{2};
  EXPECT_EQ(merge.set(0, 10), no_watermark);
  EXPECT_EQ(merge.set(1, 5), 5);
  EXPECT_EQ(merge.set(1, 20), 10);
  EXPECT_EQ(merge.set(0, 3), 10);
}

TEST(split_late, counts_a_row_at_the_bound_as_on_time) {
  const std::vector<std::int64_t> times{100, 94, 95, no_watermark};
  std::vector<std::int32_t> on_time;
  std::vector<std::int32_t> late;
  split_late(times, 100, 5, on_time, late);
  EXPECT_EQ(on_time, (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(late, (std::vector<std::int32_t>{1, 3}));
}

TEST(timer_queue, fires_what_a_sorted_list_fires) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random{seed};
    timer_queue queue;
    std::map<std::pair<std::string, std::uint32_t>, std::int64_t> expected;
    for (std::int64_t now = 0; now < 3000; ++now) {
      const auto key = std::to_string(random() % 40);
      const auto number = static_cast<std::uint32_t>(random() % 3);
      if (random() % 4 == 0) {
        queue.remove(key, number);
        expected.erase({key, number});
      } else {
        const auto time = now + static_cast<std::int64_t>(random() % 200);
        queue.set(key, number, time);
        expected[{key, number}] = time;
      }
      if (now % 500 == 250) {
        timer_queue restored;
        ASSERT_TRUE(restored.restore(queue.save()).ok());
        queue = std::move(restored);
      }
      if (random() % 10 != 0)
        continue;
      std::vector<timer_queue::timer> fired;
      queue.take_due(now, 1000, fired);
      std::map<std::tuple<std::int64_t, std::string, std::uint32_t>, int> due;
      std::erase_if(expected, [&](const auto& timer) {
        if (timer.second > now)
          return false;
        due[{timer.second, timer.first.first, timer.first.second}] = 1;
        return true;
      });
      ASSERT_EQ(fired.size(), due.size());
      std::size_t i = 0;
      for (const auto& [timer, unused] : due) {
        EXPECT_EQ(fired[i].time_ms, std::get<0>(timer));
        EXPECT_EQ(fired[i].key, std::get<1>(timer));
        EXPECT_EQ(fired[i].number, std::get<2>(timer));
        ++i;
      }
      EXPECT_EQ(queue.size(), expected.size());
    }
  }
}

TEST(timer_queue, refuses_damaged_bytes) {
  timer_queue queue;
  queue.set("a", 1, 5);
  const auto bytes = queue.save();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(timer_queue{}.restore(bytes.substr(0, size)).ok());
}

} // namespace lepton::pipelines::testing
