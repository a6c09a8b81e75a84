#include "web/loopback_address.hpp"

#include <gmock/gmock.h>

namespace lepton::web {
namespace {

using testing::HasSubstr;

TEST(loopback_address, reads_host_and_port) {
  const auto v4 = parse_loopback("127.0.0.1:9090");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 9090);
  EXPECT_EQ(v4->text(), "127.0.0.1:9090");
  EXPECT_EQ(parse_loopback("localhost:0")->text(), "127.0.0.1:0");
  EXPECT_EQ(parse_loopback("127.1.2.3:80")->text(), "127.1.2.3:80");
  EXPECT_EQ(parse_loopback("[::1]:9090")->text(), "[::1]:9090");
}

TEST(loopback_address, refuses_what_other_machines_can_reach) {
  for (const char* text : {"0.0.0.0:9090", "192.168.1.5:9090", "[::]:9090", "example.com:9090",
                           "[2001:db8::1]:9090", "[::ffff:10.0.0.1]:9090", "*:9090"}) {
    const auto address = parse_loopback(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), core::errc::invalid_argument);
    EXPECT_THAT(address.error().message(),
                HasSubstr("the API has no access control in this version; use 127.0.0.1"));
  }
}

TEST(loopback_address, refuses_text_of_another_form) {
  for (const char* text : {"", "9090", ":9090", "127.0.0.1", "::1:9090", "[::1:9090"})
    EXPECT_THAT(parse_loopback(text).error().message(), HasSubstr("write HOST:PORT")) << text;
  for (const char* text : {"127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "127.0.0.1:65536",
                           "127.0.0.1: 80", "127.0.0.1:80x"})
    EXPECT_THAT(parse_loopback(text).error().message(), HasSubstr("no valid port")) << text;
}

} // namespace
} // namespace lepton::web
