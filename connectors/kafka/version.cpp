#include "connectors/kafka/version.hpp"

#include <librdkafka/rdkafka.h>

namespace lepton::connectors {

std::string kafka_client_version() {
  return rd_kafka_version_str();
}

} // namespace lepton::connectors
