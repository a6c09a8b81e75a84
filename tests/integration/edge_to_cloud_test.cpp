// An edge and a cloud process, the network between them, and what happens to all three.
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

} // namespace
} // namespace lepton::tests
