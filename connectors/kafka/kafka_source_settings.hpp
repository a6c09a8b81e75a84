#pragma once

#include "connectors/kafka/client_options.hpp"
#include "core/source.hpp"
#include "core/units.hpp"

#include <string>
#include <vector>

namespace lepton::connectors {

/// What a lane needs to know; all lanes of a source have the same.
struct kafka_source_settings {
  kafka_properties properties;     ///< of the client, complete
  std::vector<std::string> topics; ///< names, or patterns that begin with ^
  bool from_latest = false;        ///< where a group without an offset begins
  bool exit_at_end = false;
  core::duration commit_interval{std::chrono::seconds{1}};
  core::duration connect_timeout{std::chrono::seconds{10}};
};

} // namespace lepton::connectors
