#include "tests/support/kafka_broker.hpp"

#include "tests/support/eventually.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <numeric>
#include <string>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> numbered_records(int count) {
  std::vector<std::pair<std::string, std::string>> records;
  for (int i = 0; i < count; ++i)
    records.emplace_back(fmt::format("key-{}", i % 50), fmt::format("value-{}", i));
  return records;
}

/// The values of all records, as a set to compare.
std::vector<std::string> sorted_values(const std::vector<kafka_record>& records) {
  std::vector<std::string> values;
  for (const auto& record : records)
    values.push_back(record.value);
  std::ranges::sort(values);
  return values;
}

std::vector<std::string>
sorted_values(const std::vector<std::pair<std::string, std::string>>& sent) {
  std::vector<std::string> values;
  for (const auto& [key, value] : sent)
    values.push_back(value);
  std::ranges::sort(values);
  return values;
}

/// A client that is not ours; arguments after the broker's address.
finished_process kcat(const std::string& bootstrap_servers, std::vector<std::string> arguments) {
  process_options options;
  options.program = "kcat";
  options.arguments = {"-b", bootstrap_servers};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return run_process(options, 60s);
}

TEST(kafka_broker, gives_back_what_was_produced) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("given", 3);
  const auto sent = numbered_records(1000);
  broker.produce("given", sent);

  const auto records = broker.consume_all("given");
  EXPECT_EQ(sorted_values(records), sorted_values(sent));
  const auto ends = broker.end_offsets("given");
  EXPECT_EQ(ends.size(), 3U);
  EXPECT_EQ(std::accumulate(ends.begin(), ends.end(), std::int64_t{0}), 1000);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const bool same_partition = records[i].partition == records[i - 1].partition;
    EXPECT_EQ(records[i].offset, same_partition ? records[i - 1].offset + 1 : 0);
  }
}

TEST(kafka_broker, keeps_partition_headers_time_and_absent_parts) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("parts", 2);
  kafka_record full;
  full.partition = 1;
  full.key = "k";
  full.value = std::string{"a\0b", 3};
  full.headers = {{"trace", "1"}, {"trace", ""}};
  full.timestamp_ms = 1'700'000'000'123;
  kafka_record tombstone;
  tombstone.partition = 1;
  tombstone.has_key = tombstone.has_value = false;
  broker.produce("parts", {full, tombstone});

  const auto records = broker.consume_all("parts");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].partition, 1);
  EXPECT_EQ(records[0].value, full.value);
  EXPECT_EQ(records[0].timestamp_ms, full.timestamp_ms);
  EXPECT_THAT(records[0].headers, ElementsAre(Pair("trace", "1"), Pair("trace", "")));
  EXPECT_FALSE(records[1].has_key);
  EXPECT_FALSE(records[1].has_value);
}

TEST(kafka_broker, tells_what_a_group_committed) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("read", 2);
  kafka_record record;
  record.partition = 1;
  broker.produce("read", std::vector<kafka_record>(7, record));
  EXPECT_THAT(broker.committed("readers", "read"), ElementsAre(-1, -1));

  const auto read = kcat(broker.bootstrap_servers(),
                         {"-G", "readers", "-X", "auto.offset.reset=earliest", "-c", "7", "read"});
  ASSERT_TRUE(read.status.ok()) << read.standard_error;
  EXPECT_THAT(broker.committed("readers", "read"), ElementsAre(testing::Le(0), 7));
}

TEST(kafka_broker, refuses_a_topic_that_is_not_there) {
  auto& broker = kafka_broker::shared();
  EXPECT_THROW(broker.consume_all("absent"), std::runtime_error);
  EXPECT_THROW(broker.end_offsets("absent"), std::runtime_error);
  broker.create_topic("twice", 1);
  EXPECT_THROW(broker.create_topic("twice", 1), std::runtime_error);
}

TEST(kafka_broker, has_its_records_and_offsets_still_after_being_killed) {
  kafka_broker broker;
  broker.start();
  const std::string address = broker.bootstrap_servers();
  broker.create_topic("kept", 3);
  const auto sent = numbered_records(1000);
  broker.produce("kept", sent);
  kcat(address, {"-G", "readers", "-X", "auto.offset.reset=earliest", "-c", "1000", "kept"});
  const auto committed = broker.committed("readers", "kept");
  EXPECT_EQ(committed, broker.end_offsets("kept"));

  broker.kill();
  EXPECT_FALSE(broker.running());
  EXPECT_FALSE(broker.is_ready(100ms));
  broker.restart();
  EXPECT_EQ(broker.bootstrap_servers(), address);
  EXPECT_EQ(sorted_values(broker.consume_all("kept")), sorted_values(sent));
  EXPECT_EQ(broker.committed("readers", "kept"), committed);
  broker.produce("kept", sent);
  EXPECT_EQ(broker.consume_all("kept").size(), 2000U);
}

TEST(kafka_broker, answers_nobody_while_suspended) {
  auto& broker = kafka_broker::shared();
  broker.suspend();
  EXPECT_FALSE(broker.is_ready(300ms));
  broker.resume();
  EXPECT_TRUE(broker.is_ready(10s));
}

TEST(kafka_broker, can_be_stopped_and_started_from_another_thread) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("threads", 1);
  broker.produce("threads", numbered_records(10));
  std::thread{[&] { broker.restart(); }}.join();
  EXPECT_TRUE(broker.running());
  EXPECT_EQ(broker.consume_all("threads").size(), 10U);
}

TEST(kafka_broker, listens_with_tls_and_a_login_when_asked_to) {
  const temp_dir folder;
  const auto key = folder / "key.pem";
  const auto certificate = folder / "cert.pem";
  process_options options;
  options.program = "openssl";
  options.arguments = {
      "req",     "-x509", "-newkey",       "rsa:2048",  "-nodes",
      "-keyout", key,     "-out",          certificate, "-days",
      "2",       "-subj", "/CN=localhost", "-addext",   "subjectAltName=IP:127.0.0.1"};
  ASSERT_TRUE(run_process(options, 60s).status.ok());
  folder.write("store.pem", read_file(key) + read_file(certificate));

  kafka_broker broker{
      {.extra_listeners = {"SASL_SSL"},
       .extra_properties = {{"ssl.keystore.type", "PEM"},
                            {"ssl.keystore.location", folder / "store.pem"},
                            {"sasl.enabled.mechanisms", "PLAIN"},
                            {"listener.name.sasl_ssl.plain.sasl.jaas.config",
                             "org.apache.kafka.common.security.plain.PlainLoginModule required "
                             "user_alice=\"secret\";"}},
       .dependencies = {}}};
  broker.start();
  const auto login = [&](const std::string& password) {
    return kafka_client{broker.listener_address("SASL_SSL"),
                        {{"security.protocol", "sasl_ssl"},
                         {"ssl.ca.location", certificate},
                         {"sasl.mechanism", "PLAIN"},
                         {"sasl.username", "alice"},
                         {"sasl.password", password}}};
  };
  EXPECT_FALSE(login("wrong").is_ready(1s));
  const auto client = login("secret");
  client.create_topic("sealed", 1);
  client.produce("sealed", numbered_records(10));
  EXPECT_EQ(broker.consume_all("sealed").size(), 10U);
}

TEST(kafka_broker, says_how_to_get_what_is_missing) {
  kafka_broker broker{{.extra_listeners = {}, .extra_properties = {}, .dependencies = "/absent"}};
  try {
    broker.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/absent/kafka/libs"));
    EXPECT_THAT(error.what(), HasSubstr("run `make setup`"));
  }
}

TEST(kafka_broker, shows_the_end_of_its_log_when_it_does_not_start) {
  kafka_broker broker{{.extra_listeners = {},
                       .extra_properties = {{"log.segment.bytes", "many"}},
                       .dependencies = {}}};
  try {
    broker.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("log.segment.bytes"));
  }
  EXPECT_FALSE(broker.running());
}

} // namespace
} // namespace lepton::tests
