#include "connectors/kafka/kafka_batch.hpp"

#include <algorithm>

namespace lepton::connectors {

namespace {

std::string_view view(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), bytes ? size : 0};
}

} // namespace

kafka_batch::kafka_batch(kafka_client_ptr client, std::span<rd_kafka_message_t* const> messages)
    : client_{std::move(client)}, count_{messages.size()},
      messages_{std::make_unique_for_overwrite<rd_kafka_message_t*[]>(count_)} {
  std::copy(messages.begin(), messages.end(), messages_.get());
}

kafka_batch::~kafka_batch() {
  for (std::size_t i = 0; i < count_; ++i)
    rd_kafka_message_destroy(messages_[i]);
}

std::span<const core::raw_record> kafka_batch::records() const {
  if (!records_) {
    records_ = std::make_unique_for_overwrite<core::raw_record[]>(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& from = *messages_[i];
      records_[i] = {view(from.payload, from.len), view(from.key, from.key_len), from.offset,
                     rd_kafka_message_timestamp(&from, nullptr)};
    }
  }
  return {records_.get(), count_};
}

} // namespace lepton::connectors
