// An edge and a cloud process, the network between them, and what happens to all three.
#include "crypto/keyring/live_keyring.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/lepton_process.hpp"
#include "tests/support/tcp_proxy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <optional>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

constexpr const char* edge_text = R"yaml(pipeline: edge
settings: {{workers: 2}}
sources:
  tx: {{type: generator, kind: cards, seed: 7, count: {count}, rate: 20000}}
sinks:
  uplink:
    type: zeromq
    inputs: [tx]
    connect: ["tcp://127.0.0.1:{port}"]
    curve: {{secret_key: edge-1.secret, server_key: cloud.public}}
    edge_id: edge-1
    key: card_id
    spool: {{path: spool, after: 200ms}}
    encode: {{format: json, columns: [tx_id, card_id, amount]}}
)yaml";

constexpr const char* cloud_text = R"yaml(pipeline: cloud
sources:
  edges:
    type: zeromq
    bind: ["tcp://127.0.0.1:{port}"]
    curve: {{secret_key: cloud.secret, clients: clients}}
    dedup: {{path: seen.log}}
    decode: {{format: json, schema: {{tx_id: string, card_id: int64, amount: float64}}}}
sinks:
  out: {{type: file, inputs: [edges], path: out.jsonl, encode: {{format: json}}}}
)yaml";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class edge_to_cloud : public testing::Test {
protected:
  void SetUp() override {
    for (const auto* name : {"edge-1", "cloud"})
      ASSERT_TRUE(run_lepton({"curve", "new", name, folder.path().string()}).status.ok());
    auto key = read_file(folder / "edge-1.public");
    folder.write("clients", "edge-1 edge " + key);
    cloud_port = free_ports(1)[0];
    network.emplace(cloud_port);
    cloud_file = folder.write("cloud.yaml",
                              fmt::format(fmt::runtime(cloud_text), fmt::arg("port", cloud_port)));
    write_edge(100'000);
  }

  void write_edge(std::int64_t count) {
    records = count;
    edge_file = folder.write("edge.yaml",
                             fmt::format(fmt::runtime(edge_text), fmt::arg("port", network->port()),
                                         fmt::arg("count", count)));
  }

  void start_cloud() { cloud.emplace(lepton({"run", cloud_file.string()})); }
  void start_edge() { edge.emplace(lepton({"run", edge_file.string()})); }

  /// Lines of the cloud's output that are there in full.
  std::int64_t lines() const {
    const auto text = read_file(folder / "out.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  }
  bool reaches(std::int64_t count, std::chrono::milliseconds limit) {
    return eventually(limit, [&] { return lines() >= count; });
  }
  std::int64_t spool_bytes() const {
    std::int64_t sum = 0;
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator{folder / "spool", ignored})
      if (each.path().extension() == ".spool")
        sum += static_cast<std::int64_t>(each.file_size(ignored));
    return sum;
  }
  /// How often each payment came out.
  std::map<std::string, int> seen() const {
    std::map<std::string, int> out;
    std::ifstream in{folder / "out.jsonl"};
    for (std::string line; std::getline(in, line);)
      ++out[nlohmann::json::parse(line).at("tx_id").get<std::string>()];
    return out;
  }

  const temp_dir folder{"edge"};
  std::uint16_t cloud_port = 0;
  std::optional<tcp_proxy> network;
  std::filesystem::path cloud_file;
  std::filesystem::path edge_file;
  std::int64_t records = 0;
  std::optional<process> cloud;
  std::optional<process> edge;
};

TEST_F(edge_to_cloud, a_cut_network_and_a_killed_edge_cost_no_record_and_make_no_repeat) {
  start_cloud();
  start_edge();
  ASSERT_TRUE(reaches(10'000, 20s)) << edge->standard_error() << cloud->standard_error();
  network->cut();
  const auto reached = lines();
  ASSERT_TRUE(eventually(10s, [&] { return spool_bytes() > 500'000; })) << edge->standard_error();
  edge->kill();
  edge.reset();
  start_edge(); // reads its source again from the start
  EXPECT_FALSE(edge->wait(1500ms)) << edge->standard_error();
  EXPECT_LT(lines(), records);
  EXPECT_LE(lines(), reached + 20'000);
  network->mend();
  ASSERT_TRUE(reaches(records, 60s))
      << lines() << edge->standard_error() << cloud->standard_error();
  EXPECT_TRUE(edge->wait(20s) || edge->stop(15s).ok()) << edge->standard_error();
  EXPECT_TRUE(cloud->stop(15s).ok()) << cloud->standard_error();
  const auto out = seen();
  EXPECT_EQ(static_cast<std::int64_t>(out.size()), records) << "lost";
  EXPECT_EQ(lines(), records) << "repeated";
  EXPECT_EQ(spool_bytes(), 0);
}

TEST_F(edge_to_cloud, a_cloud_that_is_killed_again_and_again_loses_nothing) {
  start_cloud();
  start_edge();
  for (std::int64_t goal = 10'000; goal < 50'000; goal += 10'000) {
    ASSERT_TRUE(reaches(goal, 30s)) << lines() << edge->standard_error() << cloud->standard_error();
    cloud->kill();
    cloud.reset();
    start_cloud();
  }
  ASSERT_TRUE(reaches(records, 60s)) << lines();
  EXPECT_TRUE(eventually(20s, [&] { return static_cast<std::int64_t>(seen().size()) == records; }));
}

TEST_F(edge_to_cloud, a_slow_cloud_does_not_make_the_edge_grow) {
  cloud_file = folder.write(
      "cloud.yaml", replaced(read_file(cloud_file), "sinks:\n  out: {type: file, inputs: [edges]",
                             "transforms:\n  slow: {type: throttle, inputs: [edges], rate: 4000}\n"
                             "sinks:\n  out: {type: file, inputs: [slow]"));
  edge_file = folder.write(
      "edge.yaml",
      replaced(replaced(read_file(edge_file), "count: 100000, rate: 20000", "count: 50000000"),
               "path: spool", "path: spool, max_size: 64MiB"));
  start_cloud();
  start_edge();
  constexpr std::int64_t full = 60'000'000;
  ASSERT_TRUE(eventually(60s, [&] { return spool_bytes() > full; })) << edge->standard_error();
  const auto begin = lines();
  ASSERT_TRUE(reaches(begin + 10'000, 30s)) << cloud->standard_error();
  const auto before = edge->usage().resident_bytes;
  ASSERT_TRUE(reaches(begin + 40'000, 60s)) << cloud->standard_error();
  const auto after = edge->usage();
  EXPECT_GT(spool_bytes(), full / 2) << "the edge has to wait all the time";
  EXPECT_LE(spool_bytes(), 64 << 20);
  EXPECT_LT(after.resident_bytes, before + (16 << 20));
  EXPECT_LT(after.peak_resident_bytes, 192u << 20);
}

/// An edge whose records all hold a canary, and whose spool is sealed with a key of a keyring.
class sealed_edge : public edge_to_cloud {
protected:
  void SetUp() override {
    edge_to_cloud::SetUp();
    for (const auto& arguments :
         {std::vector<std::string>{"init", "--generate-key-file"}, {"add", "spool"}}) {
      std::vector<std::string> all{"keys"};
      all.insert(all.end(), arguments.begin(), arguments.end());
      all.insert(all.end(), {"--keyring", (folder / "k.keyring").string(), "--key-file",
                             (folder / "root.key").string()});
      const auto done = run_lepton(all);
      ASSERT_TRUE(done.status.ok()) << done.standard_error;
    }
    cloud_file = folder.write("cloud.yaml",
                              replaced(read_file(cloud_file), "amount: float64", "note: string"));
  }

  void write_sealed_edge(const char* rate) {
    edge_file = folder.write(
        "edge.yaml",
        fmt::format("pipeline: edge\n"
                    "settings: {{keyring: {{path: k.keyring, key_file: root.key}}}}\n"
                    "sources:\n"
                    "  tx: {{type: generator, kind: cards, seed: 7, count: 5000000, {}}}\n"
                    "transforms:\n"
                    "  noted: {{type: derive, inputs: [tx], columns: {{note: \"'{}'\"}}}}\n"
                    "sinks:\n"
                    "  uplink:\n"
                    "    type: zeromq\n"
                    "    inputs: [noted]\n"
                    "    connect: ['tcp://127.0.0.1:{}']\n"
                    "    curve: {{secret_key: edge-1.secret, server_key: cloud.public}}\n"
                    "    edge_id: edge-1\n"
                    "    spool: {{path: spool, after: 100ms, key: spool}}\n"
                    "    encode: {{format: json, columns: [tx_id, card_id, note]}}\n",
                    rate, canary, network->port()));
  }

  std::string spooled() const {
    std::string out;
    for (const auto& each : std::filesystem::directory_iterator{folder / "spool"})
      out += read_file(each.path());
    return out;
  }

  static constexpr std::string_view canary = "canary-7d20c1b9-in-every-payload";
};

TEST_F(sealed_edge, a_sealed_spool_shows_nothing_and_is_sent_by_the_next_process) {
  write_sealed_edge("rate: 20000");
  start_edge(); // there is no cloud yet
  ASSERT_TRUE(eventually(20s, [&] { return spool_bytes() > 2'000'000; })) << edge->standard_error();
  edge->kill();
  edge.reset();
  const auto bytes = spooled();
  ASSERT_GT(bytes.size(), 500'000U);
  EXPECT_EQ(bytes.find(canary), std::string::npos);
  EXPECT_EQ(bytes.find("tx_id"), std::string::npos);
  {
    auto keyring = crypto::live_keyring::open(
        (folder / "k.keyring").string(),
        crypto::root_material::key_file((folder / "root.key").string()).value());
    const auto& key = keyring.value()->primary("spool", "")->bytes;
    EXPECT_EQ(bytes.find(std::string{key.data(), key.data() + key.size()}), std::string::npos);
  }

  write_sealed_edge("rate: 1"); // what comes now comes from the spool
  start_cloud();
  start_edge();
  ASSERT_TRUE(reaches(3000, 30s)) << edge->standard_error() << cloud->standard_error();
  ASSERT_TRUE(eventually(20s, [&] { return spool_bytes() == 0; })) << edge->standard_error();
  edge->stop(15s);
  EXPECT_TRUE(cloud->stop(15s).ok()) << cloud->standard_error();
  const auto text = read_file(folder / "out.jsonl");
  const auto out = seen();
  EXPECT_EQ(static_cast<std::int64_t>(out.size()), lines()) << "repeated";
  EXPECT_EQ(out.rbegin()->first, fmt::format("tx-{:012}", lines() - 1)) << "lost";
  std::int64_t canaries = 0;
  for (auto at = text.find(canary); at != std::string::npos; at = text.find(canary, at + 1))
    ++canaries;
  EXPECT_EQ(canaries, lines());
  EXPECT_EQ(read_file(folder / "seen.log").find(canary), std::string::npos);
}

} // namespace
} // namespace lepton::tests
