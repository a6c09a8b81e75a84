#include "core/ref_counted.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::make_ref;
using core::ref_ptr;

namespace {

struct base : core::ref_counted {
  explicit base(int& alive) : alive{alive} { ++alive; }
  ~base() override { --alive; }
  int& alive;
};
struct derived final : base {
  using base::base;
};

} // namespace

TEST(ref_counted, lives_as_long_as_its_last_pointer) {
  int alive = 0;
  {
    auto one = make_ref<base>(alive);
    EXPECT_TRUE(one->unique());
    ref_ptr<base> two = one;
    EXPECT_FALSE(one->unique());
    one = nullptr;
    EXPECT_EQ(alive, 1);
    EXPECT_TRUE(two->unique());
  }
  EXPECT_EQ(alive, 0);
}

TEST(ref_counted, converts_to_its_base_and_to_const) {
  int alive = 0;
  auto one = make_ref<derived>(alive);
  const ref_ptr<const base> other = one;
  EXPECT_FALSE(one->unique());
  const ref_ptr<base> moved = std::move(one);
  EXPECT_FALSE(one);
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(other.get(), moved.get());
}

TEST(ref_counted, survives_assignment_to_itself) {
  int alive = 0;
  auto one = make_ref<base>(alive);
  auto& same = one;
  one = same;
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(one->unique());
}

} // namespace lepton
