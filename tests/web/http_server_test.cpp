#include "web/http_server.hpp"

#include "tests/web/http_client.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace lepton::web {
namespace {

http_response echo(const http_request& request) {
  return {200, "text/plain", request.path};
}

std::unique_ptr<http_server> start(http_limits limits) {
  auto started = http_server::start({"127.0.0.1", 0}, echo, limits);
  EXPECT_TRUE(started) << started.error().message();
  return std::move(*started);
}

TEST(http_server, decodes_the_path) {
  const auto server = start({});
  EXPECT_EQ(tests::http_get(server->address().port, "/a%20b?c=d").body, "/a b");
}

TEST(http_server, bounds_the_size_of_a_request) {
  const auto server = start({});
  const auto port = server->address().port;
  const std::string line = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(tests::http_exchange(port, line + "A: " + std::string(4000, 'a') + "\r\n\r\n").status,
            200);
  std::string many = line;
  for (int i = 0; i < 10'000; ++i)
    many += "Header-" + std::to_string(i) + ": value\r\n";
  EXPECT_NE(tests::http_exchange(port, many + "\r\n").status, 200);
  EXPECT_NE(
      tests::http_exchange(port, "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\n\r\n").status,
      200);
  EXPECT_EQ(tests::http_get(port, "/still-there").body, "/still-there");
}

TEST(http_server, gives_a_silent_client_up) {
  const auto server = start({1, 1024, std::chrono::milliseconds{50}});
  const auto silent = tests::connection{server->address().port};
  tests::send_all(silent.get(), "GET / HTTP/1.1\r\n"); // and nothing more, on the only thread
  EXPECT_EQ(tests::http_get(server->address().port, "/next").body, "/next");
  EXPECT_EQ(tests::receive_all(silent.get()).find("200"), std::string::npos);
}

TEST(http_server, leaves_signals_as_they_were) {
  struct sigaction before{};
  sigaction(SIGPIPE, nullptr, &before);
  const auto server = start({});
  struct sigaction after{};
  sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(http_server, survives_a_client_that_leaves_early) {
  auto big = http_server::start({"127.0.0.1", 0}, [](const http_request&) {
    return http_response{200, "text/plain", std::string(8 << 20, 'x')};
  });
  ASSERT_TRUE(big);
  const auto port = (*big)->address().port;
  for (int i = 0; i < 3; ++i) {
    const auto fd = tests::connection{port};
    tests::send_all(fd.get(), "GET / HTTP/1.1\r\n\r\n");
  }
  EXPECT_EQ(tests::http_get(port, "/").body.size(), std::size_t{8} << 20);
}

} // namespace
} // namespace lepton::web
