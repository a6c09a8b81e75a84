#include "tests/support/certificates.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/lepton_process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int records = 500;
constexpr const char* password = "correct horse battery staple";

kafka_broker_options secured(const certificates& made) {
  kafka_broker_options options;
  options.extra_listeners = {"SASL_SSL", "SSL"};
  for (const std::string listener : {"sasl_ssl", "ssl"}) {
    const auto prefix = "listener.name." + listener + ".";
    options.extra_properties[prefix + "ssl.keystore.type"] = "PEM";
    options.extra_properties[prefix + "ssl.keystore.location"] = made.both("broker");
    options.extra_properties[prefix + "ssl.truststore.type"] = "PEM";
    options.extra_properties[prefix + "ssl.truststore.location"] = made.authority();
  }
  options.extra_properties["listener.name.ssl.ssl.client.auth"] = "required";
  options.extra_properties["sasl.enabled.mechanisms"] = "SCRAM-SHA-512";
  options.extra_properties["listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"] =
      "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  return options;
}

/// One broker that wants SCRAM over TLS on one port and client certificates on another.
class kafka_security : public testing::Test {
protected:
  static void SetUpTestSuite() {
    made = std::make_unique<certificates>();
    made->issue("broker");
    made->issue("client");
    others = std::make_unique<certificates>();
    others->issue("client");
    broker = std::make_unique<kafka_broker>(secured(*made));
    broker->start();
    broker->create_scram_user("lepton", password);
    broker->create_topic("in", 2);
    std::vector<std::pair<std::string, std::string>> sent;
    for (int i = 0; i < records; ++i)
      sent.emplace_back(std::to_string(i), fmt::format(R"({{"id": {}}})", i));
    broker->produce("in", sent);
  }
  static void TearDownTestSuite() {
    broker.reset();
    others.reset();
    made.reset();
  }

  /// Copies `in` to a topic of its own over `listener`, with `security` in source and sink.
  finished_process copy(const std::string& out, const std::string& listener,
                        const std::string& security) {
    broker->create_topic(out, 1);
    const auto file = folder.write(
        out + ".yaml",
        fmt::format(
            "pipeline: {0}\n"
            "sources:\n"
            "  tx: {{type: kafka, bootstrap_servers: ['{1}'], topics: [in], group_id: {0},\n"
            "       start_offset: earliest, connect_timeout: 5s, {2},\n"
            "       decode: {{format: json, schema: {{id: int64}}}}}}\n"
            "sinks:\n"
            "  out: {{type: kafka, inputs: [tx], bootstrap_servers: ['{1}'], topic: {0},\n"
            "        connect_timeout: 5s, {2}}}\n",
            out, broker->listener_address(listener), security));
    return run_lepton({"run", file.string(), "--exit-at-end"},
                      {{"SCRAM_PASSWORD", password}, {"WRONG_PASSWORD", "wrong-canary-7131"}});
  }

  std::size_t count(const std::string& topic) { return broker->consume_all(topic).size(); }

  inline static std::unique_ptr<certificates> made;
  inline static std::unique_ptr<certificates> others; ///< of an authority that nobody trusts
  inline static std::unique_ptr<kafka_broker> broker;
  temp_dir folder{"kafka_security"};
};

TEST_F(kafka_security, logs_in_with_scram_over_tls) {
  const auto run = copy("scram", "SASL_SSL",
                        fmt::format("tls: {{ca: {}}}, sasl: {{username: lepton, "
                                    "password: '${{SCRAM_PASSWORD}}'}}",
                                    made->authority().string()));
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  EXPECT_EQ(count("scram"), records);
  EXPECT_THAT(run.standard_error, Not(HasSubstr(password)));
}

TEST_F(kafka_security, says_that_the_password_is_wrong_without_showing_it) {
  const auto run = copy("wrong_password", "SASL_SSL",
                        fmt::format("tls: {{ca: {}}}, sasl: {{username: lepton, "
                                    "password: '${{WRONG_PASSWORD}}'}}",
                                    made->authority().string()));
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(run.standard_error, HasSubstr("uthentication"));
  EXPECT_THAT(run.standard_error, Not(HasSubstr("wrong-canary-7131")));
  EXPECT_EQ(count("wrong_password"), 0U);
}

TEST_F(kafka_security, shows_a_certificate_of_its_own) {
  const auto run =
      copy("mutual", "SSL",
           fmt::format("tls: {{ca: {}, certificate: {}, key: {}}}", made->authority().string(),
                       made->certificate("client").string(), made->key("client").string()));
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  EXPECT_EQ(count("mutual"), records);
}

TEST_F(kafka_security, is_refused_with_a_certificate_that_the_broker_does_not_trust) {
  const auto run =
      copy("stranger", "SSL",
           fmt::format("tls: {{ca: {}, certificate: {}, key: {}}}", made->authority().string(),
                       others->certificate("client").string(), others->key("client").string()));
  EXPECT_EQ(run.status.code, 1);
  EXPECT_EQ(count("stranger"), 0U);
}

TEST_F(kafka_security, refuses_a_broker_whose_certificate_it_does_not_trust) {
  const auto run = copy("impostor", "SASL_SSL",
                        fmt::format("tls: {{ca: {}}}, sasl: {{username: lepton, "
                                    "password: '${{SCRAM_PASSWORD}}'}}",
                                    others->authority().string()));
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(run.standard_error, HasSubstr("certificate"));
  EXPECT_EQ(count("impostor"), 0U);
}

TEST_F(kafka_security, checks_nothing_only_if_the_file_says_insecure_and_warns) {
  const auto run = copy("insecure", "SASL_SSL",
                        "tls: {insecure: true}, sasl: {username: lepton, "
                        "password: '${SCRAM_PASSWORD}'}");
  ASSERT_TRUE(run.status.ok()) << run.standard_error;
  EXPECT_EQ(count("insecure"), records);
  EXPECT_THAT(run.standard_error, HasSubstr("warning"));
  EXPECT_THAT(run.standard_error, HasSubstr("certificate is not checked"));

  const auto option = copy("option", "SASL_SSL",
                           "tls: {}, sasl: {username: lepton, password: '${SCRAM_PASSWORD}'}, "
                           "librdkafka_options: {enable.ssl.certificate.verification: 'false'}");
  EXPECT_EQ(option.status.code, 78);
  EXPECT_THAT(option.standard_error, HasSubstr("tls: {insecure: true}"));
}

} // namespace
} // namespace lepton::tests
