#include "pipelines/config/reference.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/json_schema.hpp"
#include "tests/pipelines/config/test_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace lepton::pipelines {

namespace {

using testing::HasSubstr;

std::map<std::string, std::string> pages() {
  std::map<std::string, std::string> out;
  for (auto& [name, text] : reference_pages(tests::test_catalog()))
    out.emplace(name, text);
  return out;
}

} // namespace

TEST(reference, has_a_row_for_every_field_of_every_component) {
  const auto all = pages();
  for (const auto& entry : tests::test_catalog().sources())
    for (const auto& field : entry.spec.fields)
      EXPECT_THAT(all.at("sources.md"), HasSubstr("| `" + field.name + "` |")) << entry.spec.type;
  for (const auto& entry : tests::test_catalog().formats())
    EXPECT_THAT(all.at("formats.md"), HasSubstr("## " + entry.type));
  EXPECT_THAT(all.at("sources.md"),
              HasSubstr("| `batch.max_bytes` | size, at least 1 KiB | `1MiB` |"));
  EXPECT_THAT(all.at("sources.md"),
              HasSubstr("| `start_offset` | earliest or latest | `latest` |"));
}

TEST(reference, states_each_setting_with_its_default) {
  const auto text = pages().at("settings.md");
  for (const auto& field : settings_fields())
    EXPECT_THAT(text, HasSubstr("| `" + field.name + "` | ")) << field.name;
  EXPECT_THAT(text, HasSubstr("| `stop_timeout` | duration | `30s` |"));
}

TEST(reference, is_linked_from_its_index) {
  const auto all = pages();
  ASSERT_EQ(all.size(), 6u);
  for (const auto& [name, text] : all) {
    if (name == "README.md")
      continue;
    EXPECT_THAT(all.at("README.md"), HasSubstr("(" + name));
  }
}

TEST(list, shows_types_by_kind) {
  const auto all = *list_text(tests::test_catalog(), "", "");
  EXPECT_THAT(all, HasSubstr("sources\n  kafka"));
  EXPECT_THAT(all, HasSubstr("\nformats\n"));
  const auto sinks = *list_text(tests::test_catalog(), "sinks", "");
  EXPECT_THAT(sinks, HasSubstr("console"));
  EXPECT_EQ(sinks.find("generator"), std::string::npos);
}

TEST(list, shows_all_about_one_type) {
  const auto text = *list_text(tests::test_catalog(), "source", "kafka");
  EXPECT_THAT(text, HasSubstr("lanes: integer, at least 1, at most 64 (default 1)"));
  EXPECT_THAT(text, HasSubstr("group_id: text (required)"));
  EXPECT_THAT(text, HasSubstr("max_bytes: size, at least 1 KiB (default 1MiB)"));
  EXPECT_THAT(text, HasSubstr("error_limit: mapping"));
  EXPECT_THAT(text, HasSubstr("decode: {format: json"));
}

TEST(list, shows_both_directions_of_a_format) {
  const auto text = *list_text(tests::test_catalog(), "format", "csv");
  EXPECT_THAT(text, HasSubstr("\ndecode\n"));
  EXPECT_THAT(text, HasSubstr("\nencode\n"));
}

TEST(list, has_nothing_for_unknown_types_and_kinds) {
  EXPECT_FALSE(list_text(tests::test_catalog(), "", "nothing"));
  EXPECT_FALSE(list_text(tests::test_catalog(), "source", "console"));
  EXPECT_FALSE(list_json(tests::test_catalog(), "things", ""));
}

TEST(list, gives_the_same_as_json) {
  const auto json = nlohmann::json::parse(*list_json(tests::test_catalog(), "source", "kafka"));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["kind"], "source");
  bool found = false;
  for (const auto& field : json[0]["fields"])
    if (field["name"] == "lanes") {
      found = true;
      EXPECT_EQ(field["default"], "1");
      EXPECT_EQ(field["maximum"], 64);
    }
  EXPECT_TRUE(found);
}

TEST(json_schema, has_a_definition_for_every_type_and_format) {
  const auto schema = nlohmann::json::parse(json_schema(tests::test_catalog()));
  const auto& definitions = schema["$defs"];
  for (const char* name : {"source.kafka", "transform.infer", "sink.console", "decode.csv",
                           "encode.raw", "decode", "encode", "columns"})
    EXPECT_TRUE(definitions.contains(name)) << name;
  EXPECT_EQ(definitions["source.kafka"]["additionalProperties"], false);
  EXPECT_EQ(definitions["sink.console"]["properties"]["encode"]["$ref"], "#/$defs/encode");
}

} // namespace lepton::pipelines
