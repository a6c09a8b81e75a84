#include "actors/routing_table.hpp"

#include <gtest/gtest.h>

#include <map>

namespace lepton {

using actors::routing_table;
using pipelines::credit_bound;

namespace {

constexpr credit_bound bound{300, 30'000};
constexpr routing_table::partition_key zero{0, 0};
constexpr routing_table::partition_key one{0, 1};

/// Sends a batch of 100 records if a worker can take it.
std::optional<std::size_t> send(routing_table& table, routing_table::partition_key partition) {
  const auto worker = table.pick(partition);
  if (worker)
    table.sent(*worker, partition, 100, 1'000);
  return worker;
}

} // namespace

TEST(routing_table, gives_equal_workers_equal_shares) {
  routing_table table{3, bound, false};
  std::map<std::size_t, int> shares;
  for (int i = 0; i < 9; ++i)
    ++shares[send(table, zero).value()];
  EXPECT_EQ(shares, (std::map<std::size_t, int>{{0, 3}, {1, 3}, {2, 3}}));
}

TEST(routing_table, gives_nothing_without_credit) {
  routing_table table{1, bound, false};
  EXPECT_TRUE(send(table, zero) && send(table, zero) && send(table, zero));
  EXPECT_FALSE(send(table, zero));
  EXPECT_FALSE(table.open());
  EXPECT_EQ(table.credit_records(), 0);
  table.granted(0, 100, 1'000, 1'000);
  EXPECT_TRUE(table.open());
  EXPECT_EQ(send(table, zero), 0u);
}

TEST(routing_table, needs_credit_in_bytes_as_well) {
  routing_table table{1, {1'000'000, 500}, false};
  EXPECT_TRUE(send(table, zero)); // may go over the bound once
  EXPECT_FALSE(send(table, zero));
}

TEST(routing_table, sends_to_the_worker_that_finishes_first) {
  routing_table table{2, {10'000, 1'000'000}, false};
  table.sent(0, zero, 100, 1'000);
  table.granted(0, 100, 1'000, 100 * 9'000); // 9 us a record
  table.sent(1, zero, 100, 1'000);
  table.granted(1, 100, 1'000, 100 * 1'000); // 1 us
  std::map<std::size_t, int> shares;
  for (int i = 0; i < 20; ++i)
    ++shares[send(table, zero).value()];
  EXPECT_NEAR(shares[0], 2, 1);
  EXPECT_NEAR(shares[1], 18, 1);
}

TEST(routing_table, keeps_a_partition_with_one_worker_until_it_is_settled) {
  routing_table table{2, bound, true};
  const auto first = send(table, zero).value();
  EXPECT_EQ(send(table, zero), first);
  const auto other = send(table, one).value();
  EXPECT_NE(other, first);
  EXPECT_EQ(send(table, zero), first);
  EXPECT_FALSE(send(table, zero)) << "no credit there, and it may not go elsewhere";
  for (int i = 0; i < 3; ++i)
    table.settled(zero);
  EXPECT_EQ(send(table, zero), other) << "free to move";
}

TEST(routing_table, lets_a_partition_wait_for_a_move_when_its_worker_is_far_behind) {
  routing_table table{2, {100'000, 1 << 30}, true};
  const auto slow = send(table, zero).value();
  table.granted(slow, 100, 1'000, 1'000'000'000); // 10 ms a record
  EXPECT_EQ(send(table, zero), slow);
  EXPECT_FALSE(table.pick(zero));
  table.settled(zero);
  EXPECT_FALSE(table.pick(zero));
  table.settled(zero);
  EXPECT_EQ(table.pick(zero), 1 - slow);
}

TEST(routing_table, tells_partitions_of_different_instances_apart) {
  routing_table table{2, bound, true};
  const auto first = send(table, {0, 7}).value();
  EXPECT_NE(send(table, {1, 7}), first);
}

TEST(routing_table, gives_a_new_worker_full_credit) {
  routing_table table{1, bound, true};
  EXPECT_TRUE(send(table, zero) && send(table, zero) && send(table, zero));
  EXPECT_FALSE(table.open());
  table.reset(0);
  EXPECT_EQ(table.credit_records(), bound.records);
  EXPECT_EQ(table.credit_bytes(), bound.bytes);
}

TEST(routing_table, moves_the_partitions_of_a_worker_that_hangs) {
  routing_table table{2, bound, true};
  const auto stuck = send(table, zero).value();
  table.suspend(stuck, true);
  EXPECT_EQ(send(table, zero), 1 - stuck);
  EXPECT_EQ(send(table, one), 1 - stuck);
  table.suspend(1 - stuck, true);
  EXPECT_FALSE(table.open());
  EXPECT_FALSE(table.pick(zero));
  table.suspend(1 - stuck, false);
  EXPECT_EQ(send(table, zero), 1 - stuck);
}

TEST(routing_table, settles_no_more_than_it_sent) {
  routing_table table{1, bound, true};
  table.settled(zero);
  EXPECT_TRUE(send(table, zero));
  table.settled(zero);
  table.settled(zero);
  EXPECT_TRUE(send(table, zero));
}

} // namespace lepton
