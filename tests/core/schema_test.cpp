#include "core/schema.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::data_type;
using core::parse_data_type;
using core::type_id;

TEST(schema, reads_the_names_that_it_writes) {
  for (const char* text : {"bool", "int32", "int64", "float32", "float64", "string", "binary",
                           "timestamp_ms", "float32[1]", "float32[28]", "float32[65536]"}) {
    const auto type = parse_data_type(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(to_string(*type), text);
  }
}

TEST(schema, refuses_other_names_of_types) {
  for (const char* text :
       {"", "int", "float", "Int32", "float32[]", "float32[0]", "float32[-1]", "float32[65537]",
        "float32[2", "float64[2]", "float32[2]x", "float32[ 2]"})
    EXPECT_FALSE(parse_data_type(text)) << text;
}

TEST(schema, knows_the_size_of_a_value) {
  EXPECT_EQ(data_type{type_id::int32}.value_size(), 4u);
  EXPECT_EQ(data_type{type_id::timestamp_ms}.value_size(), 8u);
  EXPECT_EQ((data_type{type_id::float32_list, 28}.value_size()), 112u);
  EXPECT_EQ(data_type{type_id::string}.value_size(), 0u);
  EXPECT_TRUE(data_type{type_id::binary}.is_variable_size());
  EXPECT_FALSE(data_type{type_id::boolean}.is_number());
  EXPECT_FALSE(data_type{type_id::float32}.is_integer());
}

TEST(schema, finds_columns_by_name) {
  const core::schema schema{{{"a", {type_id::int64}, false}, {"b", {type_id::string}, true}}};
  EXPECT_EQ(schema.index_of("b"), 1u);
  EXPECT_FALSE(schema.index_of("c"));
  EXPECT_EQ(schema.names(), (std::vector<std::string>{"a", "b"}));
}

TEST(schema, of_errors_says_where_a_record_came_from) {
  const auto schema = core::error_schema();
  for (const char* name :
       {"payload", "reason", "component", "topic", "partition", "offset", "attempts"})
    EXPECT_TRUE(schema->index_of(name)) << name;
  EXPECT_EQ(schema, core::error_schema()); // one object, so that streams compare quickly
}

} // namespace lepton
