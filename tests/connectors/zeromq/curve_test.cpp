// Who may connect: real sockets, real keys.
#include "connectors/zeromq/curve_key_pair.hpp"
#include "connectors/zeromq/endpoint.hpp"
#include "tests/connectors/zeromq/zeromq_harness.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using connectors::curve_key_files;
using connectors::link_sink;
using connectors::link_source;
using connectors::plain_sink;
using connectors::plain_source;

/// Keys of a server and of an edge that it lets in.
class curve_link : public testing::Test {
protected:
  void SetUp() override {
    server = *connectors::write_curve_key_files("cloud", folder.path().string());
    edge = *connectors::write_curve_key_files("edge-1", folder.path().string());
    stranger = *connectors::write_curve_key_files("edge-2", folder.path().string());
    write_clients(fmt::format("# who may send\nedge-1 edge {}\n", edge.public_key));
  }

  void write_clients(const std::string& text) { folder.write("clients", text); }

  connectors::link_source_settings source_settings() {
    auto out = link_source_at(at);
    out.sockets.curve =
        connectors::curve_settings{server.secret_path, "", (folder / "clients").string()};
    return out;
  }
  connectors::link_sink_settings sink_settings(const curve_key_files& own,
                                               const std::string& server_key) {
    auto out = link_sink_to(at);
    out.sockets.curve = connectors::curve_settings{own.secret_path, server_key, ""};
    return out;
  }
  /// Whether what this sink writes arrives.
  bool delivers(connectors::link_sink_settings settings, std::chrono::milliseconds limit) {
    running<link_sink> sink{std::move(settings)};
    EXPECT_TRUE(sink.open().ok());
    EXPECT_TRUE(sink.connector.write(numbered_batch(next++, 1)).ok());
    return take_records(*source, 1, limit).size() == 1;
  }
  void open_source() {
    source.emplace(source_settings());
    const auto opened = source->open();
    ASSERT_TRUE(opened.ok()) << opened.error().message();
  }

  const temp_dir folder{"curve"};
  const std::string at = free_endpoint();
  curve_key_files server;
  curve_key_files edge;
  curve_key_files stranger;
  std::optional<running<link_source>> source;
  std::int64_t next = 0;
};

TEST_F(curve_link, a_listed_key_is_let_in_and_an_unknown_one_is_refused) {
  open_source();
  EXPECT_TRUE(delivers(sink_settings(edge, server.public_key), 5s));
  EXPECT_FALSE(delivers(sink_settings(stranger, server.public_key), 1s));
}

TEST_F(curve_link, a_client_without_curve_is_refused) {
  open_source();
  EXPECT_FALSE(delivers(link_sink_to(at), 1s));
  EXPECT_TRUE(delivers(sink_settings(edge, server.public_key), 5s)) << "the others still work";
}

TEST_F(curve_link, a_wrong_server_key_connects_to_nobody) {
  open_source();
  EXPECT_FALSE(delivers(sink_settings(edge, stranger.public_key), 1s));
}

TEST_F(curve_link, a_key_of_another_role_is_refused) {
  write_clients(fmt::format("edge-1 reader {}\n", edge.public_key));
  open_source();
  EXPECT_FALSE(delivers(sink_settings(edge, server.public_key), 1s));
}

TEST_F(curve_link, a_key_speaks_only_for_its_own_edge_id) {
  write_clients(fmt::format("edge-9 edge {}\n", edge.public_key));
  open_source();
  EXPECT_FALSE(delivers(sink_settings(edge, server.public_key), 1s));
}

TEST_F(curve_link, a_key_that_is_taken_from_the_list_is_cut_off_within_5_s) {
  open_source();
  running<link_sink> sink{sink_settings(edge, server.public_key)};
  ASSERT_TRUE(sink.open().ok());
  ASSERT_TRUE(sink.connector.write(numbered_batch(0, 1)).ok());
  ASSERT_EQ(take_records(*source, 1).size(), 1U);
  write_clients("# nobody\n");
  std::int64_t first = 1;
  EXPECT_TRUE(eventually(5s, [&] {
    EXPECT_TRUE(sink.connector.write(numbered_batch(first++, 1)).ok());
    return take_records(*source, 1, 300ms).empty();
  }));
  EXPECT_TRUE(take_records(*source, 1, 1s).empty());
}

TEST_F(curve_link, a_list_with_a_mistake_lets_nobody_in) {
  write_clients("edge-1 edge too-short\n");
  running<link_source> wrong{source_settings()};
  const auto opened = wrong.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message().find("clients:1"), std::string::npos)
      << opened.error().message();
}

TEST_F(curve_link, a_socket_that_lets_random_keys_in_is_not_used) {
  // What the self-test is for: the handler answers for a socket that has no domain, say. Here it is
  // tried on a socket that asks nobody at all.
  const auto context = std::make_shared<connectors::zmq_context>();
  connectors::zmq_socket open_door{context, ZMQ_ROUTER};
  const auto secret = connectors::read_curve_key_file(server.secret_path, true);
  open_door.set(ZMQ_CURVE_SERVER, 1);
  open_door.set(ZMQ_CURVE_SECRETKEY, std::string_view{*secret});
  ASSERT_TRUE(open_door.bind(at).ok());
  const auto tried = connectors::require_refusal(ZMQ_ROUTER, at, server.public_key);
  ASSERT_FALSE(tried.ok());
  EXPECT_NE(tried.error().message().find("random key"), std::string::npos);
}

TEST_F(curve_link, plain_patterns_ask_too) {
  connectors::plain_source_settings pull;
  pull.sockets = source_settings().sockets;
  running<plain_source> puller{pull};
  ASSERT_TRUE(puller.open().ok());
  connectors::plain_sink_settings push;
  push.sockets = sink_settings(stranger, server.public_key).sockets;
  running<plain_sink> unknown{push};
  ASSERT_TRUE(unknown.open().ok());
  ASSERT_TRUE(unknown.connector.write(numbered_batch(0, 1)).ok());
  EXPECT_TRUE(take_records(puller, 1, 1s).empty());
  push.sockets = sink_settings(edge, server.public_key).sockets;
  running<plain_sink> known{push};
  ASSERT_TRUE(known.open().ok());
  ASSERT_TRUE(known.connector.write(numbered_batch(0, 1)).ok());
  EXPECT_EQ(take_records(puller, 1).size(), 1U);
}

TEST(curve_keys, are_files_of_which_the_secret_one_is_for_its_owner_only) {
  const temp_dir folder{"curve"};
  const auto made = connectors::write_curve_key_files("edge-1", folder.path().string());
  ASSERT_TRUE(made.ok());
  struct stat about{};
  ASSERT_EQ(::stat(made->secret_path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const auto secret = connectors::read_curve_key_file(made->secret_path, true);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(*connectors::curve_public_key(*secret), made->public_key);
  EXPECT_EQ(*connectors::read_curve_key_file(made->public_path, false), made->public_key);
  EXPECT_FALSE(connectors::write_curve_key_files("edge-1", folder.path().string()).ok())
      << "a key is never overwritten";
  ::chmod(made->secret_path.c_str(), 0644);
  const auto open = connectors::read_curve_key_file(made->secret_path, true);
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code(), core::errc::permission);
  EXPECT_EQ(open.error().message().find(*secret), std::string::npos);
}

TEST(endpoint, knows_what_leaves_the_host) {
  using connectors::is_local_endpoint;
  for (const auto* local : {"tcp://127.0.0.1:1", "tcp://127.8.0.1:1", "tcp://localhost:1",
                            "tcp://[::1]:1", "ipc:///run/x", "inproc://x"})
    EXPECT_TRUE(is_local_endpoint(local)) << local;
  for (const auto* far : {"tcp://*:1", "tcp://0.0.0.0:1", "tcp://10.0.0.1:1", "tcp://eth0:1",
                          "tcp://[::]:1", "tcp://127.0.0.1.evil.org:1", "tcp://127.evil.org:1",
                          "tcp://localhost.evil.org:1", "tcp://127.0.0.1;10.0.0.1:1"})
    EXPECT_FALSE(is_local_endpoint(far)) << far;
}

} // namespace
} // namespace lepton::tests
