#include "pipelines/state/key_layout.hpp"
#include "pipelines/state/state_bytes.hpp"
#include "tests/pipelines/state/state_fixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lepton::pipelines::testing {

using core::type_id;

TEST(key_layout, gives_equal_bytes_to_equal_keys_only) {
  const auto layout = key_layout::make({{"a", {type_id::string, 0}, false},
                                        {"b", {type_id::float64, 0}, false},
                                        {"c", {type_id::boolean, 0}, false}})
                          .value();
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto a = string_column({"x", "x", "", "xy", "x", "x"});
  const auto b = float64_column({0.0, -0.0, 1, 2, nan, -nan});
  const auto c = boolean_column({true, true, false, true, false, false});
  batch_keys keys;
  const core::column* columns[] = {a.get(), b.get(), c.get()};
  layout.encode(columns, 6, keys);
  EXPECT_EQ(keys.key(0), keys.key(1));
  EXPECT_EQ(keys.hash(0), keys.hash(1));
  EXPECT_EQ(keys.key(4), keys.key(5));
  for (const std::size_t other : {2u, 3u, 4u})
    EXPECT_NE(keys.key(0), keys.key(other));
  EXPECT_TRUE(layout.fits(keys.key(3)));
  EXPECT_FALSE(layout.fits(keys.key(3).substr(1)));
}

TEST(key_layout, keeps_nulls_apart_from_values) {
  const auto layout = key_layout::make({{"a", {type_id::int64, 0}, true}}).value();
  EXPECT_EQ(layout.width(), 9u);
  auto a = int64_column({0, 0, 5});
  a->set_null(1);
  batch_keys keys;
  const core::column* columns[] = {a.get()};
  layout.encode(columns, 3, keys);
  EXPECT_NE(keys.key(0), keys.key(1));
  const std::vector<std::string_view> all{keys.key(0), keys.key(1), keys.key(2)};
  const auto back = layout.decode(all);
  EXPECT_TRUE(back[0]->valid(0));
  EXPECT_FALSE(back[0]->valid(1));
  EXPECT_EQ(back[0]->as<std::int64_t>()[2], 5);
}

TEST(key_layout, gives_the_columns_back) {
  const auto layout = key_layout::make({{"a", {type_id::string, 0}, true},
                                        {"b", {type_id::int32, 0}, false},
                                        {"c", {type_id::boolean, 0}, true}})
                          .value();
  auto a = core::make_ref<core::column>(core::data_type{type_id::string, 0});
  a->append_string("one");
  a->append_null_string();
  a->append_string("");
  auto b = core::make_ref<core::column>(core::data_type{type_id::int32, 0});
  b->resize_rows(3);
  for (int i = 0; i < 3; ++i)
    b->as_mutable<std::int32_t>()[static_cast<std::size_t>(i)] = i - 1;
  const auto c = boolean_column({true, false, true});
  batch_keys keys;
  const core::column* columns[] = {a.get(), b.get(), c.get()};
  layout.encode(columns, 3, keys);
  EXPECT_EQ(keys.width(), 0u);
  const std::vector<std::string_view> all{keys.key(0), keys.key(1), keys.key(2)};
  const auto back = layout.decode(all);
  EXPECT_EQ(back[0]->string_at(0), "one");
  EXPECT_FALSE(back[0]->valid(1));
  EXPECT_TRUE(back[0]->valid(2));
  EXPECT_EQ(back[1]->as<std::int32_t>()[0], -1);
  EXPECT_TRUE(back[2]->boolean_at(2));
  EXPECT_FALSE(back[2]->boolean_at(1));
}

// Snapshots and the division of keys over workers depend on these values.
TEST(key_layout, has_hashes_that_never_change) {
  EXPECT_EQ(stable_hash(std::uint64_t{1}), 0x910a2dec89025cc1u);
  EXPECT_EQ(stable_hash(std::string_view{"card 4711, a longer key"}), 0xbac3c47b1f0c7434u);
  std::vector<std::int64_t> numbers(100000);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<std::int64_t>(i);
  const int64_keys keys{numbers};
  std::vector<int> groups(key_groups);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    ++groups[key_group(keys.keys.hash(i))];
  for (const auto n : groups)
    EXPECT_NEAR(n, 100000 / 256, 100);
}

TEST(key_layout, needs_a_column) {
  EXPECT_FALSE(key_layout::make({}).ok());
  EXPECT_FALSE(key_layout::make({{"v", {type_id::float32_list, 65}, false}}).ok());
}

} // namespace lepton::pipelines::testing
