#include "connectors/kafka/register.hpp"

#include "connectors/kafka/kafka_sink_spec.hpp"
#include "connectors/kafka/kafka_source_spec.hpp"

namespace lepton::connectors {

void register_kafka(core::catalog& catalog) {
  catalog.add(core::source_entry{kafka_source_spec(), bind_kafka_source});
  catalog.add(core::sink_entry{kafka_sink_spec(), bind_kafka_sink});
}

} // namespace lepton::connectors
