#include "connectors/kafka/partition_set.hpp"

#include <algorithm>

namespace lepton::connectors {

assigned_partition& partition_set::add(std::string_view topic, std::int32_t partition) {
  auto made = std::make_unique<assigned_partition>();
  const auto known = std::find_if(all_.begin(), all_.end(),
                                  [&](const auto& each) { return *each->topic == topic; });
  made->topic = known != all_.end() ? (*known)->topic : std::make_shared<const std::string>(topic);
  made->partition = partition;
  made->epoch = ++last_epoch_;
  all_.push_back(std::move(made));
  return *all_.back();
}

void partition_set::remove(const assigned_partition& gone) {
  found_ = nullptr;
  std::erase_if(all_, [&](const auto& each) { return each.get() == &gone; });
}

assigned_partition* partition_set::find(const rd_kafka_message_t& message) {
  if (found_ && found_topic_ == message.rkt && found_->partition == message.partition)
    return found_;
  found_topic_ = message.rkt;
  found_ = message.rkt ? find(rd_kafka_topic_name(message.rkt), message.partition) : nullptr;
  return found_;
}

assigned_partition* partition_set::find(std::string_view topic, std::int32_t partition) const {
  for (const auto& each : all_)
    if (each->partition == partition && *each->topic == topic)
      return each.get();
  return nullptr;
}

assigned_partition* partition_set::find(std::uint64_t epoch) const {
  for (const auto& each : all_)
    if (each->epoch == epoch)
      return each.get();
  return nullptr;
}

} // namespace lepton::connectors
