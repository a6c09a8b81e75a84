#include "core/value.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::config;
using core::value;
using core::value_list;
using core::value_map;
using namespace std::chrono_literals;

namespace {

config sample() {
  return config{
      {value_map{
           {"name", {1, 1, 4}, {std::string{"x"}, {1, 7, 1}}},
           {"count", {2, 1, 5}, {std::int64_t{7}, {2, 8, 1}}},
           {"share", {3, 1, 5}, {0.5, {3, 8, 1}}},
           {"wait", {4, 1, 4}, {std::int64_t{50'000'000}, {4, 7, 1}}},
           {"on", {5, 1, 2}, {true, {5, 5, 1}}},
           {"list", {6, 1, 4}, {value_list{{std::string{"a"}, {}}, {std::string{"b"}, {}}}, {}}},
           {"inner", {7, 1, 5}, {value_map{{"deep", {}, {std::int64_t{1}, {}}}}, {7, 8, 1}}},
           {"empty", {8, 1, 5}, {}}},
       {1, 1, 1}}};
}

} // namespace

TEST(config, reads_each_kind_of_field) {
  const auto all = sample();
  EXPECT_EQ(all.text("name"), "x");
  EXPECT_EQ(all.integer("count"), 7);
  EXPECT_DOUBLE_EQ(all.number("count"), 7.0);
  EXPECT_DOUBLE_EQ(all.number("share"), 0.5);
  EXPECT_EQ(all.time("wait"), 50ms);
  EXPECT_TRUE(all.boolean("on"));
  EXPECT_EQ(all.texts("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(all.child("inner").integer("deep"), 1);
}

TEST(config, knows_what_is_absent) {
  const auto all = sample();
  EXPECT_FALSE(all.has("other"));
  EXPECT_FALSE(all.has("empty")) << "a null is no value";
  EXPECT_EQ(all.text_or("other", "y"), "y");
  EXPECT_TRUE(all.texts("other").empty());
  EXPECT_FALSE(all.child("other").has("deep"));
}

TEST(config, points_at_values_and_else_at_the_object) {
  const auto all = sample();
  EXPECT_EQ(all.span("count"), (core::source_span{2, 8, 1}));
  EXPECT_EQ(all.span("other"), (core::source_span{1, 1, 1}));
}

TEST(config, stops_at_a_field_that_its_spec_does_not_have) {
  EXPECT_DEATH(sample().text("other"), "found != nullptr");
  EXPECT_DEATH(sample().text("count"), "found != nullptr");
}

} // namespace lepton
