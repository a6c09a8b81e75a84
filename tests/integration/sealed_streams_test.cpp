#include "crypto/keyring/live_keyring.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/lepton_process.hpp"
#include "tests/web/http_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Payloads hold it; it must be found nowhere but in memory.
constexpr std::string_view canary = "canary-5f0c7be2-in-every-payload";

/// A keyring with the key `payments`, and pipelines between topics of the shared broker.
class sealed_streams : public testing::Test {
protected:
  void SetUp() override {
    keys({"init", "--generate-key-file"});
    keys({"add", "payments"});
  }

  finished_process keys(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "keys");
    arguments.insert(arguments.end(), {"--keyring", (folder / "k.keyring").string(), "--key-file",
                                       (folder / "root.key").string()});
    auto done = run_lepton(arguments);
    EXPECT_TRUE(done.status.ok()) << arguments[1] << ": " << done.standard_error;
    return done;
  }

  std::string topic(const std::string& name) const { return prefix + name; }

  std::filesystem::path write(const std::string& name, const std::string& rest) {
    return folder.write(name + ".yaml",
                        "pipeline: " + name +
                            "\nsettings: {keyring: {path: k.keyring, key_file: root.key}}\n" +
                            rest);
  }

  std::string source(const std::string& of, const std::string& decrypt, const std::string& schema,
                     const std::string& group = "g") const {
    return fmt::format(
        "{{type: kafka, bootstrap_servers: ['{0}'], topics: [{1}], group_id: {4}-{1}, "
        "start_offset: earliest, decrypt: {2}, decode: {{format: json, schema: {3}}}}}",
        broker.bootstrap_servers(), topic(of), decrypt, schema, group);
  }
  std::string sink(const std::string& inputs, const std::string& to,
                   const std::string& more) const {
    return fmt::format("{{type: kafka, inputs: [{}], bootstrap_servers: ['{}'], topic: {}, {}}}",
                       inputs, broker.bootstrap_servers(), topic(to), more);
  }

  temp_dir folder{"sealed"};
  kafka_broker& broker = kafka_broker::shared();
  std::string prefix =
      fmt::format("sealed-{}-{}-", ::getpid(), testing::UnitTest::GetInstance()->random_seed());
};

TEST_F(sealed_streams, lose_nothing_in_five_rotations_and_go_dark_with_the_key) {
  constexpr std::int64_t count = 400'000;
  broker.create_topic(topic("rotating"), 6);
  const auto writer =
      write("writer",
            fmt::format("sources: {{tx: {{type: generator, kind: cards, format: columns, rate: "
                        "50000, count: {}}}}}\n"
                        "sinks: {{out: {}}}\n",
                        count, sink("tx", "rotating", "key: card_id, encrypt: {key: payments}")));
  const auto reader = write(
      "reader",
      fmt::format(
          "sources:\n  tx: {}\n"
          "sinks:\n  out: {{type: file, inputs: [tx], path: out.csv, encode: {{format: csv}}}}\n",
          source("rotating", "{key: payments, pipeline: writer}", "{tx_id: string}")));
  const auto follower = write(
      "follower",
      fmt::format(
          "sources:\n  tx: {}\n"
          "sinks:\n  out: {{type: file, inputs: [tx], path: now.csv, encode: {{format: csv}}}}\n",
          source("rotating", "{key: payments, pipeline: writer}", "{tx_id: string}", "f")));
  process following{lepton({"run", follower.string()})};
  process writing{lepton({"run", writer.string(), "--exit-at-end"})};
  for (int rotation = 0; rotation < 5; ++rotation) {
    std::this_thread::sleep_for(1200ms); // so that each version seals for a while
    keys({"rotate", "payments"});
    keys({"promote", "payments", "--now"}); // before anybody can know the version
  }
  ASSERT_TRUE(writing.wait(60s).value().ok()) << writing.standard_error();
  ASSERT_TRUE(eventually(60s, [&] {
    const auto rows = read_file(folder / "now.csv");
    return !following.running() || std::count(rows.begin(), rows.end(), '\n') > count;
  }));
  EXPECT_TRUE(following.stop(30s).ok()) << following.standard_error();
  // A reader that comes when all is over has every version to open.
  const auto run = run_lepton({"run", reader.string(), "--exit-at-end"});
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  const auto summary = summary_of(run.standard_output);
  EXPECT_EQ(summary.at("records_in"), count);
  EXPECT_EQ(summary.at("errors"), 0);
  const auto rows = read_file(folder / "out.csv");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), count + 1);
  const auto listed = keys({"list", "--json"});
  EXPECT_EQ(nlohmann::json::parse(listed.standard_output).dump().find("\"pending\""),
            std::string::npos);

  // A running reader stops opening within seconds of the key's end.
  const auto late =
      write("late", fmt::format("sources:\n  tx: {}\n"
                                "sinks:\n  out: {}\n  dead: {}\n",
                                source("late", "{key: payments}", "{a: int64}"),
                                sink("tx", "late-out", ""), sink("tx.errors", "late-dead", "")));
  for (const auto* name : {"late", "late-out", "late-dead"})
    broker.create_topic(topic(name), 1);
  const auto sealing = write(
      "sealing",
      fmt::format("sources: {{tx: {{type: file, path: in.jsonl, decode: {{format: json, schema: "
                  "{{a: int64}}}}}}}}\nsinks: {{out: {}}}\n",
                  sink("tx", "late", "encrypt: {key: payments, pipeline: late}")));
  folder.write("in.jsonl", "{\"a\": 1}\n{\"a\": 2}\n");
  process reading{lepton({"run", late.string()})};
  ASSERT_TRUE(run_lepton({"run", sealing.string(), "--exit-at-end"}).status.ok());
  ASSERT_TRUE(eventually(30s, [&] { return broker.consume_all(topic("late-out")).size() == 2; }))
      << reading.standard_error();
  const auto sealed = broker.consume_all(topic("late"));
  keys({"destroy", "payments", "--yes"});
  std::this_thread::sleep_for(2s);
  broker.produce(topic("late"), sealed);
  ASSERT_TRUE(eventually(60s, [&] { return !broker.consume_all(topic("late-dead")).empty(); }))
      << reading.standard_error();
  EXPECT_EQ(broker.consume_all(topic("late-out")).size(), 2U);
  reading.stop(20s);
}

/// What stands in files of a folder and below.
std::string all_bytes_below(const std::filesystem::path& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
    if (entry.is_regular_file())
      out += read_file(entry.path());
  return out;
}

TEST_F(sealed_streams, show_payloads_and_keys_nowhere_outside_of_memory) {
  for (const auto* name : {"in", "out", "dead"})
    broker.create_topic(topic(name), 2);
  std::string lines;
  for (int i = 0; i < 2000; ++i)
    lines += fmt::format("{{\"id\": {}, \"note\": \"{}\", \"d\": {}}}\n", i, canary, i % 10);
  temp_dir elsewhere{"clear"};
  const auto input = elsewhere.write("in.jsonl", lines);
  const std::string schema = "{id: int64, note: string, d: int64}";
  const auto sealing =
      write("sealing", fmt::format("sources: {{tx: {{type: file, path: {}, decode: {{format: json, "
                                   "schema: {}}}}}}}\nsinks: {{out: {}}}\n",
                                   input.string(), schema,
                                   sink("tx", "in", "key: id, encrypt: {key: payments}")));
  const auto scoring = write(
      "scoring",
      fmt::format("sources:\n  tx: {}\n"
                  "transforms:\n  op: {{type: derive, inputs: [tx], columns: {{q: '100 / d'}}}}\n"
                  "sinks:\n  out: {}\n  dead: {}\n",
                  source("in", "{key: payments, pipeline: sealing}", schema),
                  sink("op", "out", "key: id, encrypt: {key: payments, per: record}"),
                  sink("op.errors, tx.errors", "dead", "")));

  const auto capture = folder / "wire.pcap";
  process_options watch;
  watch.program = "tcpdump";
  watch.arguments = {"-i", "lo", "-U", "-s", "0", "-w", capture};
  process wire{watch};
  const bool watching = wire.wait_for_output("listening on", 10s);
  // Without the right to look at the wire, everything else is looked at all the same.
  const bool allowed = wire.standard_error().find("ermission") == std::string::npos;
  EXPECT_TRUE(watching || !allowed) << wire.standard_error();

  std::string spoken;
  const auto sealed = run_lepton({"run", sealing.string(), "--exit-at-end"});
  ASSERT_TRUE(sealed.status.ok()) << sealed.standard_error;
  const auto port = free_ports(1).front();
  process running{lepton({"run", scoring.string(), "--http", fmt::format("127.0.0.1:{}", port)})};
  ASSERT_TRUE(eventually(60s, [&] {
    return total(broker.end_offsets(topic("out"))) >= 1800 &&
           total(broker.end_offsets(topic("dead"))) >= 200;
  })) << running.standard_error();
  spoken += http_get(port, "/metrics").body;
  spoken += http_get(port, "/api/v1/pipeline").body;
  running.send(SIGABRT); // a core dump, if it made any, would lie in its working folder
  running.wait(20s);
  wire.stop(10s);
  spoken += sealed.standard_error + sealed.standard_output + running.standard_error() +
            running.standard_output();

  const auto dead = broker.consume_all(topic("dead"));
  ASSERT_EQ(dead.size(), 200U);
  EXPECT_THAT(dead[0].value, HasSubstr("division"));

  std::vector<std::pair<std::string, std::string>> needles{{"payload", std::string{canary}}};
  {
    auto keyring = crypto::live_keyring::open(
        (folder / "k.keyring").string(),
        crypto::root_material::key_file((folder / "root.key").string()).value());
    const auto& key = keyring.value()->primary("payments", "")->bytes;
    needles.emplace_back("key", std::string{key.data(), key.data() + key.size()});
    needles.emplace_back("root key", read_file(folder / "root.key"));
  }
  std::filesystem::rename(folder / "root.key", elsewhere / "root.key");
  std::vector<std::pair<std::string, std::string>> places{
      {"network", read_file(capture)},
      {"broker", all_bytes_below(broker.folder())},
      {"files", all_bytes_below(folder.path())},
      {"logs, metrics and status", spoken}};
  EXPECT_TRUE(!watching || places[0].second.size() > 100'000U);
  EXPECT_GT(places[1].second.size(), 100'000U);
  for (const auto& [where, bytes] : places)
    for (const auto& [what, needle] : needles)
      EXPECT_EQ(bytes.find(needle), std::string::npos) << what << " in " << where;
}

} // namespace
} // namespace lepton::tests
