#include "connectors/kafka/register.hpp"
#include "connectors/kafka/version.hpp"
#include "tests/connectors/kafka/kafka_harness.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace lepton::tests {
namespace {

using testing::HasSubstr;
using options = std::map<std::string, std::string>;

const test_fields plain_source{
    {"bootstrap_servers", "127.0.0.1:1"}, {"topics", "tx"}, {"group_id", "g"}};
const test_fields plain_sink{{"bootstrap_servers", "127.0.0.1:1"}, {"topic", "scores"}};

test_fields with(test_fields fields, const test_fields& more) {
  for (const auto& [name, text] : more)
    fields[name] = text;
  return fields;
}

core::bind_context context_of(core::diagnostics& findings) {
  core::bind_context context;
  context.component = "tested";
  context.pipeline = "tests";
  context.directory = "/etc/pipelines";
  context.findings = &findings;
  return context;
}

std::optional<core::bound_source> bind_to(const test_fields& fields, core::diagnostics& findings,
                                          const options& more = {}) {
  return connectors::bind_kafka_source(config_of(connectors::kafka_source_spec(), fields, more),
                                       context_of(findings));
}

/// The only finding of a source with these options.
core::diagnostic source_finding(const test_fields& fields, const options& more = {}) {
  core::diagnostics findings;
  EXPECT_FALSE(bind_to(fields, findings, more));
  EXPECT_EQ(findings.all().size(), 1U);
  return findings.all().empty() ? core::diagnostic{} : findings.all().front();
}

core::diagnostic sink_finding(const test_fields& fields, const options& more = {}) {
  core::diagnostics findings;
  EXPECT_FALSE(connectors::bind_kafka_sink(config_of(connectors::kafka_sink_spec(), fields, more),
                                           nullptr, context_of(findings)));
  EXPECT_EQ(findings.all().size(), 1U);
  return findings.all().empty() ? core::diagnostic{} : findings.all().front();
}

TEST(kafka_options, are_bounded_by_the_fields) {
  core::diagnostics findings;
  const auto bound = bind_to(with(plain_source, {{"lanes", "3"},
                                                 {"prefetch", "8MiB"},
                                                 {"batch.max_records", "500"},
                                                 {"batch.max_bytes", "100KiB"}}),
                             findings);
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->instances, 3);
  EXPECT_EQ(bound->batch.records, 500);
  EXPECT_EQ(bound->batch.bytes, 100 * 1024);
  EXPECT_GE(bound->memory, 3 * (8 << 20));
  EXPECT_LE(bound->memory, 3 * (16 << 20));
  EXPECT_FALSE(bound->notes.empty());
}

TEST(kafka_options, that_lepton_depends_on_are_refused_with_a_reason) {
  for (const auto* name : {"enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof",
                           "group.id", "auto.offset.reset"}) {
    const auto finding = source_finding(plain_source, {{name, "true"}});
    EXPECT_THAT(finding.message, HasSubstr(name));
    EXPECT_FALSE(finding.hint.empty()) << name;
  }
  for (const auto* name : {"acks", "enable.idempotence", "transactional.id"}) {
    const auto finding = sink_finding(plain_sink, {{name, "1"}});
    EXPECT_THAT(finding.message, HasSubstr(name));
    EXPECT_FALSE(finding.hint.empty()) << name;
  }
}

TEST(kafka_options, that_are_misspelt_are_refused_with_the_nearest_name) {
  const auto finding = source_finding(plain_source, {{"fetch.wait.max.msec", "5"}});
  EXPECT_THAT(finding.message, HasSubstr("no option `fetch.wait.max.msec`"));
  EXPECT_EQ(finding.hint, "did you mean `fetch.wait.max.ms`?");
}

TEST(kafka_options, with_a_bad_value_are_refused_before_the_start) {
  EXPECT_THAT(source_finding(plain_source, {{"fetch.wait.max.ms", "soon"}}).message,
              HasSubstr("fetch.wait.max.ms"));
  EXPECT_THAT(sink_finding(plain_sink, {{"max.in.flight.requests.per.connection", "50"}}).message,
              HasSubstr("max.in.flight")); // more than an idempotent producer may have
}

TEST(kafka_options, reach_librdkafka) {
  core::diagnostics findings;
  EXPECT_TRUE(bind_to(plain_source, findings,
                      {{"fetch.wait.max.ms", "5"},
                       {"partition.assignment.strategy", "cooperative-sticky"},
                       {"group.instance.id", "me"}}));
  EXPECT_TRUE(findings.all().empty());
}

TEST(kafka_options, name_files_from_the_folder_of_the_configuration) {
  const auto finding = sink_finding(with(plain_sink, {{"tls", ""}, {"tls.ca", "absent/ca.pem"}}));
  EXPECT_THAT(finding.message, HasSubstr("/etc/pipelines/absent/ca.pem"));
}

TEST(kafka_options, never_show_a_password) {
  core::diagnostics findings;
  EXPECT_TRUE(bind_to(with(plain_source, {{"sasl", ""},
                                          {"sasl.mechanism", "PLAIN"},
                                          {"sasl.username", "alice"},
                                          {"sasl.password", "canary-word"}}),
                      findings));
  const auto finding = source_finding(
      with(plain_source,
           {{"sasl", ""}, {"sasl.mechanism", "SCRAM-SHA-256"}, {"sasl.password", "canary-word"}}),
      {{"session.timeout.ms", "0"}});
  EXPECT_THAT(finding.message + finding.hint, testing::Not(HasSubstr("canary-word")));
}

TEST(kafka_options, know_names_of_topics) {
  EXPECT_THAT(source_finding(with(plain_source, {{"topics", "tx,a b"}})).message,
              HasSubstr("'a b' cannot be a topic"));
  core::diagnostics findings;
  EXPECT_TRUE(bind_to(with(plain_source, {{"topics", "^tx[0-9]+"}}), findings));
}

TEST(kafka, is_in_the_catalog_with_a_doc_for_every_field) {
  core::catalog catalog;
  connectors::register_kafka(catalog);
  ASSERT_EQ(catalog.sources().size(), 1U);
  ASSERT_EQ(catalog.sinks().size(), 1U);
  const auto documented = [](const core::field_spec& field) { return !field.doc.empty(); };
  for (const auto& fields : {catalog.sources()[0].spec.fields, catalog.sinks()[0].spec.fields})
    for (const auto& field : fields) {
      EXPECT_TRUE(documented(field)) << field.name;
      EXPECT_TRUE(std::all_of(field.fields.begin(), field.fields.end(), documented)) << field.name;
    }
  EXPECT_GE(connectors::kafka_client_version(), "2.11");
}

} // namespace
} // namespace lepton::tests
