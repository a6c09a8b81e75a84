#include "core/column.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lepton {

using core::column;
using core::type_id;

TEST(column, holds_strings_and_nulls) {
  column c{{type_id::string}};
  c.append_string("one");
  c.append_null_string();
  c.append_string("");
  for (int i = 0; i < 20; ++i)
    c.append_string(std::to_string(i));
  c.append_null_string();
  EXPECT_EQ(c.rows, 24);
  EXPECT_EQ(c.null_count, 2);
  EXPECT_EQ(c.string_at(0), "one");
  EXPECT_FALSE(c.valid(1));
  EXPECT_TRUE(c.valid(2));
  EXPECT_EQ(c.string_at(2), "");
  EXPECT_EQ(c.string_at(22), "19");
  EXPECT_TRUE(c.valid(22));
  EXPECT_FALSE(c.valid(23));
}

TEST(column, has_values_on_a_cache_line) {
  column c{{type_id::float64}};
  c.resize_rows(1000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(c.values.data()) % 64, 0u);
  EXPECT_EQ(c.as<double>().size(), 1000u);
  EXPECT_TRUE(c.valid(999));
}

TEST(column, packs_booleans_into_bits) {
  column c{{type_id::boolean}};
  c.resize_rows(17);
  c.set_boolean(0, true);
  c.set_boolean(16, true);
  EXPECT_EQ(c.values.size(), 3u);
  EXPECT_TRUE(c.boolean_at(0));
  EXPECT_FALSE(c.boolean_at(1));
  EXPECT_TRUE(c.boolean_at(16));
  c.set_boolean(16, false);
  EXPECT_FALSE(c.boolean_at(16));
}

TEST(column, counts_a_null_once) {
  column c{{type_id::int32}};
  c.resize_rows(10);
  c.set_null(3);
  c.set_null(3);
  EXPECT_EQ(c.null_count, 1);
  EXPECT_FALSE(c.valid(3));
  EXPECT_TRUE(c.valid(4));
}

TEST(column, is_taken_by_rows) {
  const std::array<std::int32_t, 3> rows{1, 3, 8};
  column numbers{{type_id::int64}};
  numbers.resize_rows(9);
  for (std::size_t i = 0; i < 9; ++i)
    numbers.as_mutable<std::int64_t>()[i] = static_cast<std::int64_t>(i) * 10;
  numbers.set_null(3);
  const auto some = take(numbers, rows);
  EXPECT_EQ(some->rows, 3);
  EXPECT_EQ(some->as<std::int64_t>()[2], 80);
  EXPECT_FALSE(some->valid(1));
  EXPECT_TRUE(some->valid(2));
}

TEST(column, is_taken_by_rows_for_every_type) {
  const std::array<std::int32_t, 2> rows{2, 0};
  column lists{{type_id::float32_list, 3}};
  lists.resize_rows(3);
  for (std::size_t i = 0; i < 9; ++i)
    lists.as_mutable<float>()[i] = static_cast<float>(i);
  const auto taken = take(lists, rows);
  EXPECT_EQ(taken->as<float>()[0], 6.0F);
  EXPECT_EQ(taken->as<float>()[5], 2.0F);

  column flags{{type_id::boolean}};
  flags.resize_rows(3);
  flags.set_boolean(2, true);
  EXPECT_TRUE(take(flags, rows)->boolean_at(0));
  EXPECT_FALSE(take(flags, rows)->boolean_at(1));

  column words{{type_id::string}};
  for (const char* word : {"a", "bc", "def"})
    words.append_string(word);
  words.set_null(0);
  EXPECT_EQ(take(words, rows)->string_at(0), "def");
  EXPECT_FALSE(take(words, rows)->valid(1));
  EXPECT_EQ(take(words, {})->rows, 0);
}

TEST(column, of_one_value) {
  const auto c = core::constant_string({type_id::string}, "x", 3);
  EXPECT_EQ(c->rows, 3);
  EXPECT_EQ(c->string_at(2), "x");
  EXPECT_EQ(core::constant_string({type_id::string}, "x", 0)->rows, 0);
}

} // namespace lepton
