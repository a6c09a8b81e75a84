#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace lepton::connectors {

/// Destroys a librdkafka object with the function that librdkafka has for its kind.
template <auto Destroy>
struct rdkafka_deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};

template <class T, auto Destroy>
using rdkafka_owned = std::unique_ptr<T, rdkafka_deleter<Destroy>>;

using rdkafka_conf = rdkafka_owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using rdkafka_queue = rdkafka_owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using rdkafka_topic = rdkafka_owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using rdkafka_message = rdkafka_owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using rdkafka_metadata = rdkafka_owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using rdkafka_failure = rdkafka_owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using rdkafka_event = rdkafka_owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using rdkafka_partitions =
    rdkafka_owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

} // namespace lepton::connectors
