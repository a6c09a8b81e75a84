#pragma once

#include <string>

namespace lepton::connectors {

/// Version of librdkafka in this process, e.g. "2.14.2".
std::string kafka_client_version();

} // namespace lepton::connectors
