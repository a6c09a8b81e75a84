#include "web/listen_address.hpp"

#include <gmock/gmock.h>

namespace lepton::web {
namespace {

using testing::HasSubstr;

TEST(listen_address, reads_host_and_port) {
  const auto v4 = parse_listen_address("127.0.0.1:9090");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 9090);
  EXPECT_EQ(v4->text(), "127.0.0.1:9090");
  EXPECT_EQ(parse_listen_address("localhost:0")->text(), "127.0.0.1:0");
  EXPECT_EQ(parse_listen_address("127.1.2.3:80")->text(), "127.1.2.3:80");
  EXPECT_EQ(parse_listen_address("[::1]:9090")->text(), "[::1]:9090");
}

TEST(listen_address, knows_what_other_machines_can_reach) {
  for (const char* text : {"0.0.0.0:9090", "192.168.1.5:9090", "[::]:9090", "[2001:db8::1]:9090",
                           "[::ffff:10.0.0.1]:9090", "128.0.0.1:1"})
    EXPECT_FALSE(parse_listen_address(text)->is_loopback()) << text;
  for (const char* text : {"127.0.0.1:9090", "localhost:1", "127.255.0.1:1", "[::1]:1"})
    EXPECT_TRUE(parse_listen_address(text)->is_loopback()) << text;
  for (const char* text : {"example.com:9090", "*:9090"})
    EXPECT_THAT(parse_listen_address(text).error().message(), HasSubstr("write a number")) << text;
}

TEST(listen_address, refuses_text_of_another_form) {
  for (const char* text : {"", "9090", ":9090", "127.0.0.1", "::1:9090", "[::1:9090"})
    EXPECT_THAT(parse_listen_address(text).error().message(), HasSubstr("write HOST:PORT")) << text;
  for (const char* text : {"127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "127.0.0.1:65536",
                           "127.0.0.1: 80", "127.0.0.1:80x"})
    EXPECT_THAT(parse_listen_address(text).error().message(), HasSubstr("no valid port")) << text;
}

} // namespace
} // namespace lepton::web
