#include "connectors/register_all.hpp"

#include "tests/connectors/records.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace lepton::tests {

namespace {

const core::catalog& all() {
  static const auto made = [] {
    core::catalog catalog;
    connectors::register_all(catalog);
    return catalog;
  }();
  return made;
}

template <class Entries>
std::set<std::string> types(const Entries& entries) {
  std::set<std::string> out;
  for (const auto& entry : entries)
    EXPECT_TRUE(out.insert(entry.spec.type).second) << entry.spec.type << " is there twice";
  return out;
}

void expect_documented(const std::vector<core::field_spec>& fields, const std::string& owner) {
  for (const auto& field : fields) {
    EXPECT_FALSE(field.doc.empty()) << owner << "." << field.name;
    EXPECT_EQ(field.type == core::field_type::choice, !field.choices.empty())
        << owner << "." << field.name;
    expect_documented(field.fields, owner + "." + field.name);
  }
}

const core::format_entry& format(const std::string& type) {
  return *std::find_if(all().formats().begin(), all().formats().end(),
                       [&](const auto& entry) { return entry.type == type; });
}

core::config config_of(core::value_map fields) {
  return core::config{core::value{std::move(fields), {}}};
}

core::value_entry text_field(std::string key, std::string text) {
  return {std::move(key), {}, core::value{std::move(text), {3, 5, 1}}};
}

} // namespace

TEST(register_all, adds_what_pipelines_name) {
  const auto sources = types(all().sources());
  const auto sinks = types(all().sinks());
  for (const auto* type : {"file", "generator", "console"})
    EXPECT_TRUE(sources.contains(type)) << type;
  for (const auto* type : {"file", "console", "blackhole", "evaluate"})
    EXPECT_TRUE(sinks.contains(type)) << type;
  for (const auto* type : {"json", "csv", "raw"})
    EXPECT_EQ(format(type).type, type);
}

TEST(register_all, every_component_and_field_is_documented_and_has_an_example) {
  const auto check = [](const core::component_spec& spec) {
    EXPECT_FALSE(spec.summary.empty()) << spec.type;
    EXPECT_NE(spec.example.find("type: " + spec.type), std::string::npos) << spec.type;
    expect_documented(spec.fields, spec.type);
  };
  for (const auto& entry : all().sources())
    check(entry.spec);
  for (const auto& entry : all().sinks())
    check(entry.spec);
  for (const auto& entry : all().formats()) {
    expect_documented(entry.decode_fields, entry.type);
    expect_documented(entry.encode_fields, entry.type);
  }
}

TEST(formats, an_unknown_column_is_reported_with_the_one_that_was_meant) {
  const auto input = core::to_schema({entry("score", "float32"), entry("tx_id", "string")});
  core::diagnostics findings;
  core::bind_context context;
  context.findings = &findings;
  const auto list = core::value{core::value_list{core::value{std::string{"scor"}, {3, 5, 4}}}, {}};
  EXPECT_FALSE(format("json").bind_encoder(config_of({{"columns", {}, list}}), input, context));
  EXPECT_FALSE(
      format("raw").bind_encoder(config_of({text_field("column", "score")}), input, context));
  ASSERT_EQ(findings.all().size(), 2u);
  EXPECT_EQ(findings.all()[0].message, "there is no column 'scor'");
  EXPECT_EQ(findings.all()[0].hint, "did you mean 'score'?");
  EXPECT_EQ(findings.all()[0].span.line, 3u);
  EXPECT_EQ(findings.all()[1].message,
            "format raw writes a string or binary column; 'score' is float32");
}

TEST(formats, an_encoder_reads_only_what_it_writes) {
  const auto input = core::to_schema({entry("a", "int64"), entry("b", "int64")});
  core::diagnostics findings;
  core::bind_context context;
  context.findings = &findings;
  const auto list = core::value{core::value_list{core::value{std::string{"b"}, {}}}, {}};
  const auto bound =
      format("json").bind_encoder(config_of({{"columns", {}, list}}), input, context);
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->reads, std::vector<std::string>{"b"});
  // A column that nobody reads is not there at all.
  auto column = core::make_ref<core::column>(core::data_type{core::type_id::int64, 0});
  column->resize_rows(1);
  column->as_mutable<std::int64_t>()[0] = 7;
  const core::batch_ptr rows =
      core::make_ref<core::batch>(input, std::vector<core::column_ptr>{nullptr, column}, 1);
  const auto encoder = bound->make();
  EXPECT_EQ(encode(*encoder, rows), std::vector<std::string>{"{\"b\":7}"});
}

} // namespace lepton::tests
