#pragma once

#include "core/sink.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// Chooses partitions as librdkafka's partitioner of the same name does. Knows how many there are
/// once the sink is open, and keeps to that number; topics only grow.
class kafka_partitioner final : public core::partitioner {
public:
  /// `name` is a value of librdkafka's option `partitioner`.
  explicit kafka_partitioner(const std::string& name);

  void set_count(std::int32_t partitions) noexcept { count_.store(partitions); }
  std::int32_t partition_of(std::string_view key) const noexcept override;

private:
  enum class method { murmur2, crc32, fnv1a, random };
  method method_;
  std::atomic<std::int32_t> count_{0};
};

} // namespace lepton::connectors
