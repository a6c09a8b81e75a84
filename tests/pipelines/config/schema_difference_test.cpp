#include "pipelines/config/schema_difference.hpp"

#include <gtest/gtest.h>

namespace lepton::pipelines {

namespace {

using core::type_id;

std::string difference(std::vector<core::field> a, std::vector<core::field> b) {
  return schema_difference(core::schema{std::move(a)}, "a", core::schema{std::move(b)}, "b");
}

} // namespace

TEST(schema_difference, is_empty_for_equal_schemas) {
  EXPECT_EQ(difference({{"x", {type_id::int64, 0}, true}}, {{"x", {type_id::int64, 0}, true}}), "");
}

TEST(schema_difference, names_types_and_columns_of_one_side) {
  EXPECT_EQ(difference({{"x", {type_id::int64, 0}}, {"y", {type_id::string, 0}}},
                       {{"x", {type_id::float64, 0}}, {"z", {type_id::string, 0}}}),
            "x is int64 in 'a' and float64 in 'b'; only 'a' has y; only 'b' has z");
}

TEST(schema_difference, sees_null_length_and_order) {
  EXPECT_EQ(difference({{"x", {type_id::int64, 0}, true}}, {{"x", {type_id::int64, 0}}}),
            "x is int64 or null in 'a' and int64 in 'b'");
  EXPECT_EQ(difference({{"f", {type_id::float32_list, 2}}}, {{"f", {type_id::float32_list, 3}}}),
            "f is float32[2] in 'a' and float32[3] in 'b'");
  EXPECT_EQ(difference({{"x", {type_id::int64, 0}}, {"y", {type_id::int64, 0}}},
                       {{"y", {type_id::int64, 0}}, {"x", {type_id::int64, 0}}}),
            "they are the same, but in another order");
}

} // namespace lepton::pipelines
