// The commands as a user types them.
#include "tests/support/eventually.hpp"
#include "tests/support/lepton_process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr int usage_error = 2;
constexpr int config_error = 78;

constexpr const char* small_pipeline = R"(pipeline: small
sources:
  tx: {type: generator, kind: cards, seed: 1, count: 20000}
transforms:
  big: {type: filter, inputs: [tx], where: "amount > 100.0"}
sinks:
  out: {type: blackhole, inputs: [big]}
)";

class cli : public testing::Test {
protected:
  std::string file(const std::string& text = small_pipeline) const {
    return folder.write("pipeline.yaml", text).string();
  }
  temp_dir folder{"cli"};
};

/// A run that goes on until it is told to stop.
std::string endless() {
  std::string text = small_pipeline;
  return text.replace(text.find(", count: 20000"), 14, ", rate: 1000");
}

TEST_F(cli, says_its_version_and_those_of_its_parts) {
  const auto text = run_lepton({"version"});
  EXPECT_TRUE(text.status.ok());
  EXPECT_THAT(text.standard_output, HasSubstr("lepton 0."));
  const auto parsed = json::parse(run_lepton({"version", "--json"}).standard_output);
  EXPECT_THAT(parsed.at("lepton").get<std::string>(), testing::StartsWith("0."));
  EXPECT_THAT(parsed.at("librdkafka").get<std::string>(), testing::StartsWith("2."));
}

TEST_F(cli, refuses_what_it_does_not_know_with_exit_code_2) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {}, {"rnu"}, {"run"}, {"run", "a.yaml", "--no-such"}, {"list", "planets"}})
    EXPECT_EQ(run_lepton(arguments).status.code, usage_error);
  EXPECT_TRUE(run_lepton({"--help"}).status.ok());
  EXPECT_TRUE(run_lepton({"run", "--help"}).status.ok());
}

TEST_F(cli, validates_with_exit_code_0_or_78_and_finds_every_error) {
  EXPECT_EQ(run_lepton({"validate", file()}).status.code, 0);
  std::string broken = small_pipeline;
  broken.replace(broken.find("amount >"), 8, "amuont >");
  broken.replace(broken.find("blackhole"), 9, "blackhoel");
  const auto path = file(broken);
  const auto checked = run_lepton({"validate", path});
  EXPECT_EQ(checked.status.code, config_error);
  EXPECT_THAT(checked.standard_error, HasSubstr(path + ":5:"));
  EXPECT_THAT(checked.standard_error, HasSubstr("amuont"));
  EXPECT_THAT(checked.standard_error, HasSubstr("did you mean `amount`?"));
  EXPECT_THAT(checked.standard_error, HasSubstr(path + ":7:"));
  EXPECT_THAT(checked.standard_error, HasSubstr("blackhole"));
  const auto findings = json::parse(run_lepton({"validate", path, "--json"}).standard_output);
  EXPECT_EQ(findings.at("valid"), false);
  EXPECT_EQ(findings.at("findings").size(), 2U);
  EXPECT_EQ(run_lepton({"run", path}).status.code, config_error);
  EXPECT_EQ(run_lepton({"validate", (folder / "none.yaml").string()}).status.code, config_error);
}

TEST_F(cli, shows_plan_and_graph_also_as_json) {
  const auto path = file();
  EXPECT_THAT(run_lepton({"plan", path}).standard_output, HasSubstr("tx+big"));
  const auto plan = json::parse(run_lepton({"plan", path, "--json"}).standard_output);
  EXPECT_GT(plan.at("memory_bound_bytes"), 0);
  EXPECT_THAT(run_lepton({"graph", path}).standard_output, HasSubstr("big"));
  EXPECT_FALSE(json::parse(run_lepton({"graph", path, "--json"}).standard_output).empty());
  EXPECT_THAT(run_lepton({"graph", path, "--format", "dot"}).standard_output, HasSubstr("digraph"));
  EXPECT_THAT(run_lepton({"graph", path, "--format", "mermaid"}).standard_output,
              HasSubstr("flowchart"));
}

TEST_F(cli, lists_every_component_and_the_fields_of_one) {
  const auto all = run_lepton({"list"}).standard_output;
  for (const char* type : {"kafka", "file", "generator", "console", "derive", "filter", "select",
                           "route", "sample", "throttle", "infer", "json", "csv"})
    EXPECT_THAT(all, HasSubstr(type));
  EXPECT_THAT(run_lepton({"list", "source", "kafka"}).standard_output, HasSubstr("group_id"));
  EXPECT_FALSE(json::parse(run_lepton({"list", "--json"}).standard_output).empty());
  EXPECT_EQ(run_lepton({"list", "source", "kafak"}).status.code, usage_error);
}

TEST_F(cli, prints_completion_that_the_shell_accepts) {
  const auto script = run_lepton({"completion", "bash"});
  ASSERT_TRUE(script.status.ok());
  process_options bash;
  bash.program = "bash";
  bash.arguments = {"-c",
                    script.standard_output +
                        "\nCOMP_WORDS=(lepton va) COMP_CWORD=1; _lepton; echo ${COMPREPLY[@]}"};
  EXPECT_EQ(run_process(bash, 10s).standard_output, "validate\n");
}

TEST_F(cli, runs_to_the_end_and_prints_one_line_of_json) {
  const auto run = run_lepton({"run", file(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  const auto summary = summary_of(run.standard_output);
  EXPECT_EQ(summary.at("records_in"), 20'000);
  const auto left_out = summary.at("dropped").at("filtered").get<std::int64_t>();
  EXPECT_EQ(summary.at("records_out").get<std::int64_t>() + left_out, 20'000);
  EXPECT_EQ(std::count(run.standard_output.begin(), run.standard_output.end(), '\n'), 1);
  EXPECT_EQ(summary.at("drained"), true);
}

TEST_F(cli, stops_cleanly_on_either_signal_and_at_once_on_the_second) {
  for (const int signal : {SIGINT, SIGTERM}) {
    process running{lepton({"run", file(endless()), "--json", "--http", "127.0.0.1:0"})};
    ASSERT_TRUE(running.wait_for_output("http://127.0.0.1:", 20s)) << running.standard_error();
    running.send(signal);
    const auto ended = running.wait(10s);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->ok()) << running.standard_error();
    EXPECT_EQ(summary_of(running.standard_output()).at("drained"), true);
  }
}

TEST_F(cli, refuses_a_plan_above_the_memory_limit) {
  const auto run =
      run_lepton({"run", file(std::string{small_pipeline} + "settings: {memory_limit: 1MiB}\n"),
                  "--exit-at-end"});
  EXPECT_EQ(run.status.code, config_error);
  EXPECT_THAT(run.standard_error, HasSubstr("memory_limit"));
  EXPECT_TRUE(run.standard_output.empty());
}

TEST_F(cli, runs_the_tests_of_a_file_and_says_which_failed) {
  const std::string tests = R"(tests:
  - {name: keeps the big ones, insert: {tx: [{tx_id: a, card_id: 1, merchant_id: 1, amount: 500, ts: 0, f: ZEROS, is_fraud: false}]}, expect: {big: {count: 1}}}
  - {name: is wrong, insert: {tx: [{tx_id: a, card_id: 1, merchant_id: 1, amount: 5, ts: 0, f: ZEROS, is_fraud: false}]}, expect: {big: {count: 1}}}
)";
  auto text = std::string{small_pipeline} + tests;
  const std::string zeros = "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]";
  for (auto at = text.find("ZEROS"); at != std::string::npos; at = text.find("ZEROS"))
    text.replace(at, 5, zeros);
  const auto tested = run_lepton({"test", file(text)});
  EXPECT_EQ(tested.status.code, 1) << tested.standard_error;
  EXPECT_THAT(tested.standard_output, HasSubstr("ok     keeps the big ones"));
  EXPECT_THAT(tested.standard_output, HasSubstr("FAILED is wrong"));
  const auto outcome = json::parse(run_lepton({"test", file(text), "--json"}).standard_output);
  EXPECT_EQ(outcome.size(), 2U);
}

TEST_F(cli, shows_a_live_line_on_a_terminal) {
  process_options terminal;
  terminal.program = "script";
  terminal.arguments = {
      "-qec", fmt::format("timeout -s INT 2 {} run {}", lepton_binary().string(), file(endless())),
      "/dev/null"};
  const auto shown = run_process(terminal, 30s);
  EXPECT_THAT(shown.standard_output, HasSubstr("records/s | in "));
  EXPECT_THAT(shown.standard_output, HasSubstr("p99"));
  EXPECT_THAT(shown.standard_output, HasSubstr("small: "));
}

TEST_F(cli, logs_json_on_request) {
  process running{
      lepton({"--log-format", "json", "run", file(endless()), "--http", "127.0.0.1:0"})};
  ASSERT_TRUE(running.wait_for_output("http://127.0.0.1:", 20s));
  running.stop(10s);
  const auto log = running.standard_error();
  const auto line = json::parse(log.substr(0, log.find('\n')));
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_TRUE(line.contains("message"));
}

TEST_F(cli, uses_hardly_any_cpu_when_idle) {
  folder.write("in.jsonl", "{\"a\": 1}\n");
  const auto path = file(fmt::format(R"(pipeline: idle
sources:
  in: {{type: file, path: {}, follow: true, decode: {{format: json, schema: {{a: int64}}}}}}
sinks:
  out: {{type: blackhole, inputs: [in]}}
)",
                                     (folder / "in.jsonl").string()));
  process running{lepton({"run", path, "--http", "127.0.0.1:0"})};
  ASSERT_TRUE(running.wait_for_output("http://127.0.0.1:", 20s)) << running.standard_error();
  EXPECT_FALSE(running.wait(1s));
  const auto before = running.usage().cpu;
  EXPECT_FALSE(running.wait(5s));
  // 2 % of a core is the promise; the bound here is loose, since other processes disturb.
  EXPECT_LT(running.usage().cpu - before, 250ms);
  EXPECT_TRUE(running.stop(10s).ok());
}

} // namespace
} // namespace lepton::tests
