#pragma once

#include "connectors/kafka/rdkafka.hpp"
#include "core/catalog.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::connectors {

/// Properties of one librdkafka client by their names in librdkafka.
using kafka_properties = std::map<std::string, std::string, std::less<>>;

/// A property that a user may not set, and what to do instead.
struct refused_property {
  std::string_view name;
  std::string_view reason;
};

/// The fields that source and sink have in common: servers, TLS, login, librdkafka_options.
std::vector<core::field_spec> kafka_client_fields();

/// Reads those fields. Paths start in the folder of the configuration file. The properties hold
/// secrets: never print them.
kafka_properties read_client_fields(const core::config& config, const core::bind_context& context);

/// Reports files of `tls` that cannot be opened. False if there was an error.
bool check_client_fields(const core::config& config, const core::bind_context& context);

/// Adds `librdkafka_options` to `properties`; they win over what a field or Lepton chose. Reports
/// names that librdkafka does not know, values it does not take, and `refused` ones. False if there
/// was an error.
bool add_librdkafka_options(const core::config& config,
                            const std::vector<refused_property>& refused,
                            core::diagnostics& findings, kafka_properties& properties);

/// What librdkafka says against the properties as a whole, without connecting; empty if nothing.
std::optional<std::string> refused_by_librdkafka(rd_kafka_type_t type, kafka_properties properties);

/// A librdkafka configuration; an error names the property that was refused, never its value.
core::result<rdkafka_conf> make_conf(const kafka_properties& properties);

} // namespace lepton::connectors
