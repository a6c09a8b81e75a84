// Plain patterns against programs that know only libzmq.
#include "tests/connectors/zeromq/zeromq_harness.hpp"

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using connectors::plain_sink;
using connectors::plain_sink_settings;
using connectors::plain_source;
using connectors::plain_source_settings;

/// A stranger's program.
struct bare_socket {
  explicit bare_socket(int type) : context{zmq_ctx_new()}, socket{::zmq_socket(context, type)} {
    const int none = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
  }
  ~bare_socket() {
    zmq_close(socket);
    zmq_ctx_term(context);
  }
  void send(std::vector<std::string> frames) {
    for (std::size_t i = 0; i < frames.size(); ++i)
      zmq_send(socket, frames[i].data(), frames[i].size(), i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
  }
  std::vector<std::string> receive(int limit_ms = 5000) {
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &limit_ms, sizeof limit_ms);
    std::vector<std::string> out;
    int more = 1;
    while (more != 0) {
      char bytes[256];
      const int got = zmq_recv(socket, bytes, sizeof bytes, 0);
      if (got < 0)
        return out;
      out.emplace_back(bytes, static_cast<std::size_t>(got));
      std::size_t size = sizeof more;
      zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
    }
    return out;
  }

  void* context;
  void* socket;
};

plain_source_settings source_at(const std::string& endpoint) {
  plain_source_settings out;
  out.sockets.bind = {endpoint};
  return out;
}

plain_sink_settings sink_at(const std::string& endpoint) {
  plain_sink_settings out;
  out.sockets.bind = {endpoint};
  return out;
}

TEST(push_pull, receives_what_any_program_pushes) {
  const auto at = free_endpoint();
  running<plain_source> source{source_at(at)};
  ASSERT_TRUE(source.open().ok());
  bare_socket peer{ZMQ_PUSH};
  ASSERT_EQ(zmq_connect(peer.socket, at.c_str()), 0);
  peer.send({"one"});
  peer.send({"key", "two"});
  peer.send({""});
  std::vector<core::raw_batch_ptr> kept;
  EXPECT_EQ(take_records(source, 3, 5s, true, &kept), (std::vector<std::string>{"one", "two", ""}));
  std::vector<std::string> keys;
  std::vector<std::int64_t> offsets;
  for (const auto& batch : kept)
    for (const auto& record : batch->records()) {
      keys.emplace_back(record.key);
      offsets.push_back(record.offset);
    }
  EXPECT_EQ(keys, (std::vector<std::string>{"", "key", ""}));
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_NE(kept[0]->life, 0U) << "offsets of another run are other records";
}

TEST(push_pull, a_message_with_other_frames_is_an_error_row_and_the_next_is_fine) {
  const auto at = free_endpoint();
  running<plain_source> source{source_at(at)};
  ASSERT_TRUE(source.open().ok());
  bare_socket peer{ZMQ_PUSH};
  ASSERT_EQ(zmq_connect(peer.socket, at.c_str()), 0);
  peer.send({"a", "b", "c"});
  peer.send({"a", "b", "c", "d", "e"});
  peer.send({"good"});
  std::vector<core::raw_batch_ptr> kept;
  EXPECT_EQ(take_records(source, 3, 5s, true, &kept).size(), 3U);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_NE(kept[0]->fault.find("3 frames"), std::string::npos);
  EXPECT_NE(kept[1]->fault.find("5 frames"), std::string::npos);
  EXPECT_TRUE(kept[2]->fault.empty());
}

TEST(push_pull, pushes_what_any_program_can_read) {
  const auto at = free_endpoint();
  running<plain_sink> sink{sink_at(at)};
  ASSERT_TRUE(sink.open().ok());
  bare_socket peer{ZMQ_PULL};
  ASSERT_EQ(zmq_connect(peer.socket, at.c_str()), 0);
  ASSERT_TRUE(sink.connector.write(numbered_batch(0, 2)).ok());
  EXPECT_EQ(peer.receive(), std::vector<std::string>{"payload-0"});
  EXPECT_EQ(peer.receive(), std::vector<std::string>{"payload-1"});
}

TEST(push_pull, waits_while_nobody_takes_and_loses_nothing_of_it) {
  const auto at = free_endpoint();
  auto settings = sink_at(at);
  settings.sockets.send_limit = 10;
  settings.has_key = true;
  running<plain_sink> sink{settings};
  ASSERT_TRUE(sink.open().ok());
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(sink.connector.write(numbered_batch(i * 100, 100)).ok());
  EXPECT_EQ(take_completions(sink, 1, 300ms), 0U);
  running<plain_source> source{[&] {
    plain_source_settings out;
    out.sockets.connect = {at};
    out.sockets.receive_limit = 10;
    return out;
  }()};
  ASSERT_TRUE(source.open().ok());
  EXPECT_EQ(take_records(source, 10'000).size(), 10'000U);
  EXPECT_EQ(take_completions(sink, 100), 100U);
}

TEST(pub_sub, sends_topic_and_payload_and_receives_by_prefix) {
  const auto at = free_endpoint();
  auto settings = sink_at(at);
  settings.publishes = true;
  settings.has_key = true;
  running<plain_sink> sink{settings};
  ASSERT_TRUE(sink.open().ok());
  bare_socket peer{ZMQ_SUB};
  zmq_setsockopt(peer.socket, ZMQ_SUBSCRIBE, "k1", 2);
  ASSERT_EQ(zmq_connect(peer.socket, at.c_str()), 0);
  // A subscription takes its time, and nothing tells when it is there.
  std::vector<std::string> got;
  EXPECT_TRUE(eventually(10s, [&] {
    EXPECT_TRUE(sink.connector.write(numbered_batch(0, 3)).ok());
    got = peer.receive(20);
    return !got.empty();
  }));
  EXPECT_EQ(got, (std::vector<std::string>{"k1", "payload-1"}));
}

TEST(pub_sub, every_message_that_never_came_is_counted_on_both_sides) {
  const auto at = free_endpoint();
  auto settings = sink_at(at);
  settings.publishes = true;
  settings.numbers = true;
  settings.drops_for_all = true;
  settings.topic = "t";
  settings.sockets.send_limit = 100;
  running<plain_sink> sink{settings};
  ASSERT_TRUE(sink.open().ok());
  plain_source_settings reader;
  reader.sockets.connect = {at};
  reader.sockets.receive_limit = 100;
  reader.subscribes = true;
  reader.topics = {"t"};
  reader.batch = {100, 1 << 20};
  running<plain_source> source{reader};
  ASSERT_TRUE(source.open().ok());
  ASSERT_TRUE(eventually(10s, [&] {
    EXPECT_TRUE(sink.connector.write(numbered_batch(0, 1)).ok());
    return !take_records(source, 1, 20ms).empty();
  }));
  take_records(source, 1000, 200ms); // all that is under way
  const auto before = sink.count(core::metric::records_dropped);
  std::size_t got = 0;
  for (int i = 0; i < 100; ++i) // nobody takes: the high-water marks are reached
    ASSERT_TRUE(sink.connector.write(numbered_batch(i * 1000, 1000, 1000)).ok());
  take_completions(sink, 100);
  got += take_records(source, 100'000, 1s).size();
  ASSERT_TRUE(sink.connector.write(numbered_batch(0, 1)).ok()); // shows the gap behind the last
  got += take_records(source, 1).size();
  const auto dropped = sink.count(core::metric::records_dropped) - before;
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(static_cast<std::int64_t>(got) + dropped, 100'001);
  EXPECT_EQ(source.count(core::metric::missing_messages), dropped);
}

} // namespace
} // namespace lepton::tests
