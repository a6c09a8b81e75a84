#include "core/schema_spec.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::value;
using core::value_entry;
using core::value_list;
using core::value_map;

namespace {

value text(std::string word) {
  return {std::move(word), {1, 1, 1}};
}

value_entry entry(std::string key, value item) {
  return {std::move(key), {2, 3, 1}, std::move(item)};
}

struct reading {
  core::diagnostics findings;
  std::optional<std::vector<core::schema_entry>> entries;
};

reading read(value_map columns) {
  reading out;
  out.entries = core::read_schema({std::move(columns), {1, 1, 1}}, out.findings);
  return out;
}

/// The only finding of a schema with one column `x`.
std::string complaint(value item) {
  const auto out = read({entry("x", std::move(item))});
  EXPECT_FALSE(out.entries);
  EXPECT_EQ(out.findings.error_count(), 1u);
  return out.findings.all().empty() ? "" : out.findings.all().front().message;
}

} // namespace

TEST(schema_spec, reads_short_and_long_entries) {
  const auto out = read(
      {entry("a", text("int64")),
       entry("b", {value_map{entry("type", text("float64")), entry("path", text("loc.lat")),
                             entry("required", text("false"))},
                   {}}),
       entry("c", {value_map{entry("type", text("string")), entry("default", text("none"))}, {}})});
  ASSERT_TRUE(out.entries) << core::render(out.findings, "f", "");
  const auto& entries = *out.entries;
  EXPECT_TRUE(entries[0].required);
  EXPECT_FALSE(entries[0].field.nullable);
  EXPECT_EQ(entries[0].path, std::vector<std::string>{"a"});
  EXPECT_EQ(entries[1].path, (std::vector<std::string>{"loc", "lat"}));
  EXPECT_TRUE(entries[1].field.nullable);
  EXPECT_FALSE(entries[2].required);
  EXPECT_FALSE(entries[2].field.nullable) << "the default stands in";
  EXPECT_EQ(*entries[2].fallback->text(), "none");
  EXPECT_EQ(core::to_schema(entries)->names(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(schema_spec, takes_keys_with_dots_as_a_list) {
  const auto out =
      read({entry("x", {value_map{entry("type", text("int32")),
                                  entry("path", {value_list{text("a.b"), text("c")}, {}})},
                        {}})});
  ASSERT_TRUE(out.entries);
  EXPECT_EQ(out.entries->front().path, (std::vector<std::string>{"a.b", "c"}));
}

TEST(schema_spec, says_what_is_wrong) {
  EXPECT_EQ(complaint(text("flaot64")), "'flaot64' is not a type");
  EXPECT_EQ(complaint({value_map{entry("path", text("a"))}, {}}), "column 'x' has no 'type'");
  EXPECT_EQ(complaint({value_map{entry("type", text("int32")), entry("pth", text("a"))}, {}}),
            "column 'x' has no setting 'pth'");
  EXPECT_EQ(complaint({value_map{entry("type", text("int32")), entry("path", text("a..b"))}, {}}),
            "'path' must be keys with dots between them");
  EXPECT_EQ(
      complaint(
          {value_map{entry("type", text("int32")), entry("default", text("3000000000"))}, {}}),
      "the default of column 'x' is not a int32");
  EXPECT_EQ(
      complaint({value_map{entry("type", text("int32")), entry("required", text("yes"))}, {}}),
      "'required' must be true or false");
  EXPECT_EQ(complaint({value_map{entry("type", text("int32")), entry("required", text("true")),
                                 entry("default", text("1"))},
                       {}}),
            "column 'x' is required and has a default");
}

TEST(schema_spec, reports_every_column_in_one_run) {
  const auto out =
      read({entry("1st", text("int64")), entry("b", text("text")), entry("c", text("i"))});
  EXPECT_FALSE(out.entries);
  EXPECT_EQ(out.findings.error_count(), 3u);
}

TEST(schema_spec, refuses_what_is_no_mapping) {
  core::diagnostics findings;
  EXPECT_FALSE(core::read_schema(text("int64"), findings));
  EXPECT_TRUE(findings.has_errors());
  EXPECT_FALSE(read({}).entries);
}

} // namespace lepton
