#include "core/delivery.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace lepton {

using core::delivery;
using core::settlement;

namespace {

class empty_batch final : public core::raw_batch {
public:
  std::span<const core::raw_record> records() const override { return {}; }
};

class observer final : public core::delivery_observer {
public:
  void settled(core::raw_batch_ptr batch, settlement how) noexcept override {
    ++calls;
    seen = batch;
    last = how;
  }
  std::atomic<int> calls{0};
  core::raw_batch_ptr seen;
  std::optional<settlement> last;
};

struct setting {
  std::shared_ptr<observer> watch = std::make_shared<observer>();
  core::raw_batch_ptr batch{core::make_ref<empty_batch>()};
  delivery make() { return {batch, watch}; }
};

} // namespace

TEST(delivery, is_settled_when_the_last_share_is_done) {
  setting s;
  auto first = s.make();
  auto second = first.fork();
  first.done();
  EXPECT_EQ(s.watch->calls, 0);
  second.done();
  EXPECT_EQ(s.watch->calls, 1);
  EXPECT_EQ(s.watch->seen, s.batch);
  EXPECT_EQ(s.watch->last, settlement::done);
  second.done(); // again: nothing happens
  EXPECT_EQ(s.watch->calls, 1);
}

TEST(delivery, is_lost_with_any_share) {
  setting s;
  auto first = s.make();
  {
    const auto second = first.fork();
  }
  first.done();
  EXPECT_EQ(s.watch->calls, 1);
  EXPECT_EQ(s.watch->last, settlement::lost);
}

TEST(delivery, says_that_a_worker_ended_because_of_it) {
  setting s;
  {
    auto first = s.make();
    auto second = first.fork();
    {
      const auto third = first.fork();
    } // lost before
    second.blame();
  }
  EXPECT_EQ(s.watch->calls, 1);
  EXPECT_EQ(s.watch->last, settlement::crashed);
}

TEST(delivery, loses_the_share_that_is_assigned_over) {
  setting s;
  auto first = s.make();
  first = delivery{};
  EXPECT_EQ(s.watch->last, settlement::lost);
}

TEST(delivery, moves_without_an_end) {
  setting s;
  auto first = s.make();
  delivery second{std::move(first)};
  EXPECT_EQ(s.watch->calls, 0);
  EXPECT_TRUE(second);
  second.done();
  EXPECT_EQ(s.watch->last, settlement::done);
}

TEST(delivery, of_nothing_does_nothing) {
  delivery none;
  auto other = none.fork();
  other.blame();
  other.done();
  EXPECT_FALSE(none);
}

TEST(delivery, is_settled_once_from_many_threads) {
  for (int round = 0; round < 200; ++round) {
    setting s;
    std::vector<std::thread> threads;
    {
      auto first = s.make();
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([share = first.fork()]() mutable { share.done(); });
      first.done();
    }
    for (auto& thread : threads)
      thread.join();
    ASSERT_EQ(s.watch->calls, 1);
    ASSERT_EQ(s.watch->last, settlement::done);
  }
}

} // namespace lepton
