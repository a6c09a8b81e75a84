#include "connectors/kafka/kafka_partitioner.hpp"

#include "connectors/kafka/rdkafka.hpp"

namespace lepton::connectors {

kafka_partitioner::kafka_partitioner(const std::string& name)
    : method_{name.starts_with("murmur2")      ? method::murmur2
              : name.starts_with("consistent") ? method::crc32
              : name.starts_with("fnv1a")      ? method::fnv1a
                                               : method::random} {}

std::int32_t kafka_partitioner::partition_of(std::string_view key) const noexcept {
  const auto count = count_.load(std::memory_order_relaxed);
  if (count == 0)
    return -1;
  const auto ask = [&](auto* partitioner) {
    return partitioner(nullptr, key.data(), key.size(), count, nullptr, nullptr);
  };
  switch (method_) {
    case method::murmur2: return ask(rd_kafka_msg_partitioner_murmur2);
    case method::crc32: return ask(rd_kafka_msg_partitioner_consistent);
    case method::fnv1a: return ask(rd_kafka_msg_partitioner_fnv1a);
    case method::random: break;
  }
  return -1;
}

} // namespace lepton::connectors
