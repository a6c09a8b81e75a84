#include "tests/connectors/kafka/kafka_topics.hpp"

#include "tests/support/eventually.hpp"
#include "tests/support/free_ports.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::set<std::string> values_of(const std::vector<read_record>& records) {
  std::set<std::string> out;
  for (const auto& record : records)
    out.insert(record.value);
  return out;
}

TEST(kafka_outage, is_survived_by_sink_and_source_without_loss) {
  kafka_broker broker;
  broker.start();
  broker.create_topic("outage", 3);
  sink_owner writer{sink_to(broker, "outage")};
  ASSERT_TRUE(writer.open().ok());
  lane reader{source_of(broker, "outage")};
  ASSERT_TRUE(reader.open().ok());
  writer.write(numbered(0, 5000));
  reader.run(20s, [&] { return reader.records.size() >= 2000; });
  writer.wait(20s);

  broker.stop();
  for (int i = 5000; i < 10'000; i += 1000)
    writer.write(numbered(i, 1000));
  EXPECT_FALSE(writer.wait(500ms)); // waits, and neither fails nor drops
  EXPECT_EQ(writer.error, "");
  reader.run(500ms);
  EXPECT_TRUE(eventually(5s, [&] {
    writer.wait(10ms);
    return !writer.sink->connected();
  }));
  broker.start();
  EXPECT_TRUE(writer.wait(40s)) << writer.error;
  EXPECT_TRUE(writer.sink->connected());
  for (const auto& each : writer.ended)
    EXPECT_TRUE(each.failed.empty());
  EXPECT_EQ(broker.consume_all("outage").size(), 10'000U); // each once: the producer is idempotent
  reader.run(40s, [&] { return values_of(reader.records).size() == 10'000; });
  EXPECT_TRUE(reader.source->connected());
  EXPECT_EQ(reader.error, "");
  EXPECT_EQ(values_of(reader.records).size(), 10'000U);
}

TEST(kafka_outage, does_not_keep_anybody_from_closing) {
  kafka_broker broker;
  broker.start();
  broker.create_topic("gone", 1);
  broker.produce("gone", numbered(0, 100));
  sink_owner writer{sink_to(broker, "gone")};
  ASSERT_TRUE(writer.open().ok());
  lane reader{source_of(broker, "gone")};
  ASSERT_TRUE(reader.open().ok());
  reader.hold = true;
  reader.run(20s, [&] { return reader.records.size() == 100; });
  broker.kill();
  writer.write(numbered(0, 10));
  for (const auto& batch : reader.held)
    reader.settle(batch);

  const auto start = std::chrono::steady_clock::now();
  const auto closed = writer.sink->close();
  ASSERT_FALSE(closed.ok());
  EXPECT_THAT(closed.error().message(), HasSubstr("will be read again"));
  reader.close();
  EXPECT_THAT(reader.error, HasSubstr("could not be committed"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST(kafka_outage, at_the_start_is_an_error_that_says_what_to_do) {
  const auto port = free_ports(1)[0];
  const auto servers = fmt::format("127.0.0.1:{}", port);
  lane reader{{{"bootstrap_servers", servers},
               {"topics", "any"},
               {"group_id", "g"},
               {"connect_timeout", "1s"}}};
  const auto opened = reader.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), core::errc::unavailable);
  EXPECT_THAT(opened.error().message(), HasSubstr(servers));
  EXPECT_THAT(opened.error().message(), HasSubstr("bootstrap_servers"));
}

TEST(kafka_outage, is_no_reason_to_wait_for_a_name_that_nobody_knows) {
  sink_owner writer{{{"bootstrap_servers", "no-such-host.invalid:9092"},
                     {"topic", "any"},
                     {"connect_timeout", "60s"}}};
  const auto start = std::chrono::steady_clock::now();
  const auto opened = writer.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("no server of this name"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST(kafka_topic, that_is_missing_is_an_error_that_names_it) {
  auto& broker = kafka_broker::shared();
  lane reader{source_of(broker, "missing")};
  const auto opened = reader.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), core::errc::not_found);
  EXPECT_THAT(opened.error().message(), HasSubstr("topic 'missing' does not exist"));
  EXPECT_THAT(opened.error().message(), HasSubstr("create it"));
  sink_owner writer{sink_to(broker, "missing")};
  const auto sink_opened = writer.open();
  ASSERT_FALSE(sink_opened.ok());
  EXPECT_THAT(sink_opened.error().message(), HasSubstr("topic 'missing' does not exist"));
}

TEST(kafka_topic, may_be_given_by_a_pattern) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("pattern.a", 1);
  broker.create_topic("pattern.b", 1);
  broker.produce("pattern.a", numbered(0, 3));
  broker.produce("pattern.b", numbered(3, 4));
  lane reader{source_of(broker, "^pattern\\..*", {{"group_id", "patterns"}}), true};
  ASSERT_TRUE(reader.open().ok());
  reader.run(20s);
  EXPECT_EQ(values_of(reader.records).size(), 7U);
}

TEST(kafka_login, that_is_refused_is_an_error_without_the_password) {
  kafka_broker broker{
      {.extra_listeners = {"SASL_PLAINTEXT"},
       .extra_properties = {{"sasl.enabled.mechanisms", "PLAIN"},
                            {"listener.name.sasl_plaintext.plain.sasl.jaas.config",
                             "org.apache.kafka.common.security.plain.PlainLoginModule required "
                             "user_alice=\"secret-word\";"}},
       .dependencies = {}}};
  broker.start();
  broker.create_topic("login", 1);
  const auto with_password = [&](const std::string& password) {
    return sink_to(broker, "login",
                   {{"bootstrap_servers", broker.listener_address("SASL_PLAINTEXT")},
                    {"sasl", ""},
                    {"sasl.mechanism", "PLAIN"},
                    {"sasl.username", "alice"},
                    {"sasl.password", password}});
  };
  sink_owner wrong{with_password("guessed-word")};
  const auto opened = wrong.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), core::errc::permission);
  EXPECT_THAT(opened.error().message(), HasSubstr("refuses the connection"));
  EXPECT_THAT(opened.error().message(), testing::Not(HasSubstr("guessed-word")));
  sink_owner right{with_password("secret-word")};
  ASSERT_TRUE(right.open().ok());
  right.write(numbered(0, 10));
  EXPECT_TRUE(right.wait(20s));
}

} // namespace
} // namespace lepton::tests
