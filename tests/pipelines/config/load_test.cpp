#include "pipelines/config/load.hpp"

#include "pipelines/config/limits.hpp"
#include "tests/pipelines/config/test_catalog.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines {

namespace {

using testing::HasSubstr;
using testing::Not;

std::optional<std::string> no_variable(const std::string&) {
  return std::nullopt;
}

constexpr const char* good =
    "pipeline: p\n"
    "sources:\n"
    "  tx: {type: generator}\n"
    "transforms:\n"
    "  keep: {type: filter, inputs: tx, where: 'amount > 1.0'}\n"
    "sinks:\n"
    "  out: {type: console, inputs: [keep]}\n"
    "  dead: {type: console, inputs: ['*.errors'], when_full: drop_newest}\n";

std::optional<checked_pipeline> check_good(const std::string& text,
                                           const environment& variables = no_variable) {
  core::diagnostics findings;
  auto pipeline = check(text, "dir/p.yaml", tests::test_catalog(), findings, variables);
  EXPECT_TRUE(pipeline) << core::render(findings, "p.yaml", text);
  return pipeline;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

} // namespace

TEST(load, binds_components_in_the_order_of_the_data) {
  const auto pipeline = check_good(good);
  ASSERT_TRUE(pipeline);
  ASSERT_EQ(pipeline->nodes.size(), 4u);
  EXPECT_EQ(pipeline->directory, "dir");
  EXPECT_EQ(pipeline->nodes[0].name, "tx");
  EXPECT_EQ(pipeline->nodes[1].name, "keep");
  EXPECT_EQ(pipeline->stream_name(pipeline->nodes[1].inputs[0]), "tx");
  EXPECT_EQ(pipeline->stream_schema({0, 0, true})->names(), core::error_schema()->names());
}

TEST(load, routes_errors_where_they_are_read_and_stops_elsewhere) {
  const auto pipeline = check_good(good);
  for (const auto& node : pipeline->nodes)
    EXPECT_EQ(node.on_error, node.name == "dead" ? error_policy::stop : error_policy::route)
        << node.name;
}

TEST(load, fills_in_the_defaults_of_settings) {
  const auto settings = check_good(good)->settings;
  EXPECT_EQ(settings.latency_target, std::chrono::milliseconds{50});
  EXPECT_EQ(settings.memory_limit, 1LL << 30);
  EXPECT_EQ(settings.stop_timeout, std::chrono::seconds{30});
  EXPECT_EQ(settings.restart_limit, 5);
  EXPECT_EQ(settings.restart_window, std::chrono::minutes{1});
  EXPECT_GE(settings.workers, 1);
}

TEST(load, reads_settings_limits_and_policies) {
  const auto pipeline = check_good(
      replaced(replaced(good, "sources:", "settings: {workers: 3, memory_limit: 2GiB}\nsources:"),
               "{type: generator}",
               "{type: generator, ordering: none, error_limit: {share: 20%, in_a_row: 7}}"));
  EXPECT_EQ(pipeline->settings.workers, 3);
  EXPECT_EQ(pipeline->settings.memory_limit, 2LL << 30);
  EXPECT_DOUBLE_EQ(pipeline->nodes[0].limit.share, 0.2);
  EXPECT_EQ(pipeline->nodes[0].limit.of_last, 1000);
  EXPECT_EQ(pipeline->nodes[0].limit.in_a_row, 7);
  EXPECT_FALSE(pipeline->nodes[0].ordered);
  EXPECT_EQ(pipeline->nodes[3].when_full, full_policy::drop_newest);
}

TEST(load, takes_numbers_from_variables) {
  const auto variables = [](const std::string& name) -> std::optional<std::string> {
    return name == "N" ? std::optional<std::string>{"42"} : std::nullopt;
  };
  const auto pipeline = check_good(
      replaced(good, "{type: generator}", "{type: generator, count: '${N}', seed: \"${S:-7}\"}"),
      variables);
  EXPECT_EQ(pipeline->nodes[0].config.integer("count"), 42);
  EXPECT_EQ(pipeline->nodes[0].config.integer("seed"), 7);
}

TEST(load, goes_without_a_field_whose_variables_leave_nothing) {
  const auto pipeline =
      check_good(replaced(good, "{type: generator}", "\n    type: generator\n    count: ${N:-}"));
  EXPECT_FALSE(pipeline->nodes[0].config.has("count"));
}

TEST(load, keeps_tests_as_they_are_written) {
  const auto pipeline = check_good(
      std::string{good} +
      "tests:\n  - {name: a, insert: {tx: [{amount: 1}]}, expect: {keep: {count: 0, rows: []}}}\n");
  ASSERT_EQ(pipeline->tests.size(), 1u);
  EXPECT_EQ(pipeline->tests[0].name, "a");
  EXPECT_EQ(pipeline->tests[0].insert[0].key, "tx");
  EXPECT_EQ(pipeline->tests[0].expect[0].key, "keep");
}

TEST(load, reads_a_secret_from_a_file_and_never_shows_it) {
  const tests::temp_dir folder;
  folder.write("pw", "tell-nobody\n");
  const auto path = folder.write(
      "p.yaml", "pipeline: p\nsources:\n  tx:\n    type: kafka\n    bootstrap_servers: b\n"
                "    topics: t\n    group_id: tell-nobody\n    sasl_password: file:pw\n"
                "    start_offset: tell-nobody\n"
                "    decode: {format: json, schema: {a: int64}}\n"
                "sinks:\n  out: {type: console, inputs: [tx]}\n");
  core::diagnostics findings;
  const auto loaded = load_file(path.string(), tests::test_catalog(), findings, no_variable);
  ASSERT_EQ(findings.error_count(), 1u);
  EXPECT_THAT(findings.all()[0].message, HasSubstr("cannot be 'file:pw'"));
}

TEST(load, hands_the_secret_to_the_component) {
  const tests::temp_dir folder;
  folder.write("pw", "tell-nobody\r\n");
  const auto path = folder.write(
      "p.yaml",
      "pipeline: p\nsources:\n  tx: {type: kafka, bootstrap_servers: b, topics: t, group_id: g,\n"
      "    sasl_password: file:pw, decode: {format: json, schema: {a: int64}}}\n"
      "sinks:\n  out: {type: console, inputs: [tx]}\n");
  core::diagnostics findings;
  const auto loaded = load_file(path.string(), tests::test_catalog(), findings, no_variable);
  ASSERT_TRUE(loaded.pipeline);
  EXPECT_EQ(loaded.pipeline->nodes[0].config.text("sasl_password"), "tell-nobody");
}

TEST(load, stars_out_a_secret_that_stands_in_the_file) {
  const tests::temp_dir folder;
  const auto path = folder.write(
      "p.yaml", "pipeline: p\nsources:\n  tx: {type: kafka, sasl_password: s3cr3t}\nsinks: {}\n");
  core::diagnostics findings;
  const auto loaded = load_file(path.string(), tests::test_catalog(), findings, no_variable);
  const auto text = core::render(findings, "p.yaml", loaded.text);
  EXPECT_THAT(text, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(text, HasSubstr("sasl_password: ******"));
}

TEST(load, says_why_a_file_cannot_be_read) {
  const tests::temp_dir folder;
  for (const auto& path : {folder / "none.yaml", folder.path()}) {
    core::diagnostics findings;
    EXPECT_FALSE(load_file(path.string(), tests::test_catalog(), findings).pipeline);
    ASSERT_EQ(findings.error_count(), 1u);
    EXPECT_THAT(findings.all()[0].message, HasSubstr("cannot be opened"));
    EXPECT_FALSE(findings.all()[0].hint.empty());
  }
}

TEST(load, refuses_a_file_that_is_too_large) {
  const tests::temp_dir folder;
  const auto path = folder.write("p.yaml", std::string(max_file_bytes + 10, '#'));
  core::diagnostics findings;
  load_file(path.string(), tests::test_catalog(), findings);
  ASSERT_EQ(findings.error_count(), 1u);
  EXPECT_THAT(findings.all()[0].message, HasSubstr("too large"));
  EXPECT_LT(core::render(findings, "p.yaml", std::string(max_file_bytes, '#')).size(), 1000u);
}

TEST(load, shows_no_more_than_a_bound_of_findings_and_counts_the_rest) {
  std::string text = "pipeline: p\nsources:\n";
  for (int i = 0; i < 500; ++i)
    text += "  s" + std::to_string(i) + ": {type: nothing}\n";
  core::diagnostics findings;
  check(text + "sinks: {}\n", "p.yaml", tests::test_catalog(), findings, no_variable);
  EXPECT_EQ(findings.all().size(), max_findings + 1);
  EXPECT_THAT(findings.all().back().message, HasSubstr("more errors are not shown"));
}

} // namespace lepton::pipelines
