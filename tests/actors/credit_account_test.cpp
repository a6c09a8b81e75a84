#include "actors/credit_account.hpp"

#include <gtest/gtest.h>

namespace lepton {

using actors::credit_account;

TEST(credit_account, is_closed_before_it_is_granted_anything) {
  EXPECT_FALSE(credit_account{}.open());
}

TEST(credit_account, closes_when_records_or_bytes_are_spent) {
  credit_account account{{10, 100}};
  EXPECT_TRUE(account.open());
  account.spend(9, 10);
  EXPECT_TRUE(account.open());
  account.spend(1, 10);
  EXPECT_FALSE(account.open()) << "records";
  account.grant(10, 20);
  EXPECT_TRUE(account.open());
  account.spend(1, 100);
  EXPECT_FALSE(account.open()) << "bytes";
}

TEST(credit_account, may_be_overdrawn_by_one_batch_and_pays_that_back_first) {
  credit_account account{{10, 100}};
  account.spend(25, 50);
  EXPECT_FALSE(account.open());
  EXPECT_EQ(account.records(), -15);
  account.grant(15, 0);
  EXPECT_FALSE(account.open());
  account.grant(10, 50);
  EXPECT_TRUE(account.open());
  EXPECT_EQ(account.records(), 10);
  EXPECT_EQ(account.bytes(), 100);
}

TEST(credit_account, is_full_again_after_a_reset) {
  credit_account account{{10, 100}};
  account.spend(500, 500);
  account.reset();
  EXPECT_EQ(account.records(), 10);
  EXPECT_EQ(account.bytes(), 100);
}

} // namespace lepton
