#include "connectors/kafka/client_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace lepton::connectors {

namespace {

using core::field_spec;
using core::field_type;

field_spec tls_field() {
  return {.name = "tls",
          .type = field_type::object,
          .doc = "Encrypts the connection; `tls: {}` trusts the system's certificate authorities.",
          .fields = {
              {.name = "ca", .doc = "PEM file with the certificate authorities to trust instead."},
              {.name = "certificate", .doc = "PEM file with the client's own certificate chain."},
              {.name = "key", .doc = "PEM file with the private key of `certificate`."},
              {.name = "key_password",
               .type = field_type::secret,
               .doc = "Password of the private key."},
              {.name = "insecure",
               .type = field_type::boolean,
               .doc = "Does not check that the broker is who it says: anybody can listen in.",
               .fallback = "false"},
          }};
}

field_spec sasl_field() {
  return {.name = "sasl",
          .type = field_type::object,
          .doc = "Logs in to the broker.",
          .fields = {
              {.name = "mechanism",
               .type = field_type::choice,
               .doc = "How to log in; the broker must offer it.",
               .fallback = "SCRAM-SHA-512",
               .choices = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI"}},
              {.name = "username", .doc = "Name of the user."},
              {.name = "password", .type = field_type::secret, .doc = "Password of the user."},
          }};
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string path_of(const core::config& from, const char* field,
                    const core::bind_context& context) {
  return (std::filesystem::path{context.directory} / from.text(field)).string();
}

void set_path(kafka_properties& out, const char* property, const core::config& from,
              const char* field, const core::bind_context& context) {
  if (from.has(field))
    out[property] = path_of(from, field, context);
}

void read_tls(const core::config& tls, const core::bind_context& context, kafka_properties& out) {
  set_path(out, "ssl.ca.location", tls, "ca", context);
  set_path(out, "ssl.certificate.location", tls, "certificate", context);
  set_path(out, "ssl.key.location", tls, "key", context);
  if (tls.has("key_password"))
    out["ssl.key.password"] = tls.text("key_password");
  if (tls.boolean("insecure"))
    out["enable.ssl.certificate.verification"] = "false";
}

void read_sasl(const core::config& sasl, kafka_properties& out) {
  out["sasl.mechanism"] = sasl.text("mechanism");
  if (sasl.has("username"))
    out["sasl.username"] = sasl.text("username");
  if (sasl.has("password"))
    out["sasl.password"] = sasl.text("password");
}

/// Names of all properties that librdkafka has, those of topics included.
const std::vector<std::string>& property_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    const auto add = [&all](const char** dump, std::size_t count) {
      for (std::size_t i = 0; i < count; i += 2)
        all.emplace_back(dump[i]);
      rd_kafka_conf_dump_free(dump, count);
    };
    std::size_t count = 0;
    const rdkafka_conf conf{rd_kafka_conf_new()};
    const auto** dump = rd_kafka_conf_dump(conf.get(), &count);
    add(dump, count);
    const rdkafka_owned<rd_kafka_topic_conf_t, rd_kafka_topic_conf_destroy> topic{
        rd_kafka_topic_conf_new()};
    dump = rd_kafka_topic_conf_dump(topic.get(), &count);
    add(dump, count);
    return all;
  }();
  return names;
}

/// Sets one property on a configuration that is thrown away. False after reporting.
bool check_option(const std::string& name, const std::string& text, core::source_span name_span,
                  core::source_span span, core::diagnostics& findings) {
  const rdkafka_conf conf{rd_kafka_conf_new()};
  std::array<char, 512> why{};
  switch (rd_kafka_conf_set(conf.get(), name.c_str(), text.c_str(), why.data(), why.size())) {
    case RD_KAFKA_CONF_OK: return true;
    case RD_KAFKA_CONF_UNKNOWN: {
      const auto near = core::nearest(name, property_names());
      findings.error(name_span, fmt::format("librdkafka has no option `{}`", name),
                     near.empty() ? std::string{"its options are listed in librdkafka's "
                                                "CONFIGURATION.md"}
                                  : fmt::format("did you mean `{}`?", near));
      return false;
    }
    default: findings.error(span, fmt::format("librdkafka refuses `{}`: {}", name, why.data()));
  }
  return false;
}

} // namespace

std::vector<core::field_spec> kafka_client_fields() {
  return {
      {.name = "bootstrap_servers",
       .type = field_type::list,
       .doc = "Some brokers of the cluster, as host:port; the others are learned from them.",
       .required = true},
      {.name = "client_id",
       .doc = "Name of this client in the brokers' logs and quotas; the default is made of the "
              "names of pipeline and component."},
      {.name = "connect_timeout",
       .type = field_type::duration,
       .doc = "How long the start waits for the cluster before it is an error; once started, a "
              "cluster that goes away is waited for without end.",
       .fallback = "10s",
       .minimum = 1e9},
      tls_field(),
      sasl_field(),
      {.name = "librdkafka_options",
       .type = field_type::map,
       .doc = "Any option of librdkafka by its own name; wins over the fields here."},
  };
}

kafka_properties read_client_fields(const core::config& config, const core::bind_context& context) {
  kafka_properties out{
      {"bootstrap.servers", joined(config.texts("bootstrap_servers"))},
      {"client.id", config.text_or("client_id", fmt::format("lepton-{}-{}", context.pipeline,
                                                            context.component))},
      {"socket.nagle.disable", "true"}, // a delayed small request is a delayed record
      {"enable.metrics.push", "false"}, // nothing about a pipeline leaves it unasked
      {"reconnect.backoff.max.ms", "2000"},
  };
  const bool tls = config.has("tls");
  const bool sasl = config.has("sasl");
  if (tls)
    read_tls(config.child("tls"), context, out);
  if (sasl)
    read_sasl(config.child("sasl"), out);
  if (tls || sasl)
    out["security.protocol"] = sasl ? (tls ? "sasl_ssl" : "sasl_plaintext") : "ssl";
  return out;
}

/// What lets others listen in is said each time.
void warn_insecure(const core::config& config, const core::config& tls,
                   core::diagnostics& findings) {
  if (config.has("tls") && tls.boolean("insecure"))
    findings.warning(tls.span("insecure"),
                     "the broker's certificate is not checked: anybody can pose as the broker",
                     "remove 'insecure' and name the authority that signed it in tls.ca");
  if (config.has("sasl") && !config.has("tls") && config.child("sasl").text("mechanism") == "PLAIN")
    findings.warning(config.span("sasl"), "the password crosses the network in clear",
                     "add `tls: {}`, or use SCRAM-SHA-512");
}

bool check_client_fields(const core::config& config, const core::bind_context& context) {
  const auto tls = config.child("tls");
  bool good = true;
  warn_insecure(config, tls, *context.findings);
  for (const auto* field : {"ca", "certificate", "key"}) {
    if (!tls.has(field) || std::ifstream{path_of(tls, field, context)})
      continue;
    good = false;
    context.findings->error(
        tls.span(field),
        fmt::format("'tls.{}': the file {} cannot be read", field, path_of(tls, field, context)),
        "paths start in the folder of this file");
  }
  return good;
}

namespace {

bool switches_checks_off(const std::string& name, const std::string& text) {
  return (name == "enable.ssl.certificate.verification" && text != "true") ||
         (name == "ssl.endpoint.identification.algorithm" && text != "https") ||
         name == "ssl_engine_callback_data";
}

} // namespace

bool add_librdkafka_options(const core::config& config,
                            const std::vector<refused_property>& refused,
                            core::diagnostics& findings, kafka_properties& properties) {
  if (!config.has("librdkafka_options"))
    return true;
  bool good = true;
  const bool insecure = config.has("tls") && config.child("tls").boolean("insecure");
  for (const auto& [name, span, item] : *config["librdkafka_options"].map()) {
    if (!insecure && switches_checks_off(name, *item.text())) {
      findings.error(span, fmt::format("`{}` would switch the check of certificates off", name),
                     "if you mean that, write `tls: {insecure: true}`");
      good = false;
      continue;
    }
    const auto found = std::find_if(refused.begin(), refused.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (found != refused.end()) {
      findings.error(span, fmt::format("`{}` cannot be set here", name),
                     std::string{found->reason});
      good = false;
      continue;
    }
    const auto& text = *item.text();
    if (!check_option(name, text, span, item.span, findings))
      good = false;
    else
      properties[name] = text;
  }
  return good;
}

core::result<rdkafka_conf> make_conf(const kafka_properties& properties) {
  rdkafka_conf conf{rd_kafka_conf_new()};
  std::array<char, 512> why{};
  for (const auto& [name, text] : properties)
    if (rd_kafka_conf_set(conf.get(), name.c_str(), text.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK)
      return core::error{core::errc::invalid_argument,
                         fmt::format("librdkafka refuses its option `{}`", name)};
  return conf;
}

std::optional<std::string> refused_by_librdkafka(rd_kafka_type_t type,
                                                 kafka_properties properties) {
  properties.erase("bootstrap.servers"); // so that nothing is connected
  properties.erase("metadata.broker.list");
  properties["log_level"] = "0";
  auto conf = make_conf(properties);
  if (!conf)
    return conf.error().message();
  std::array<char, 512> why{};
  auto* client = rd_kafka_new(type, conf->get(), why.data(), why.size());
  if (!client)
    return std::string{why.data()};
  conf->release();
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  return std::nullopt;
}

} // namespace lepton::connectors
