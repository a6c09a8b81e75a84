#include "connectors/kafka/offset_committer.hpp"

#include <spdlog/spdlog.h>

#include <span>

namespace lepton::connectors {

bool offset_committer::request(rd_kafka_t* client, const partition_set& partitions) {
  if (under_way_)
    return false;
  const rdkafka_partitions list{rd_kafka_topic_partition_list_new(0)};
  for (const auto& each : partitions.all())
    if (const auto next = each->tracker.to_commit()) {
      rd_kafka_topic_partition_list_add(list.get(), each->topic->c_str(), each->partition)->offset =
          *next;
      each->tracker.commit_requested(*next);
    }
  if (list->cnt == 0)
    return false;
  const auto failed = rd_kafka_commit(client, list.get(), 1);
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    answered(failed, list.get(), partitions);
    return false;
  }
  under_way_ = true;
  return true;
}

void offset_committer::answered(rd_kafka_resp_err_t code,
                                const rd_kafka_topic_partition_list_t* list,
                                const partition_set& partitions) {
  under_way_ = false;
  auto worst = code;
  if (list)
    for (const auto& each : std::span{list->elems, static_cast<std::size_t>(list->cnt)}) {
      const auto own = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : each.err;
      if (own == RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      worst = own;
      if (auto* partition = partitions.find(each.topic, each.partition))
        partition->tracker.commit_failed();
    }
  const bool failed = worst != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (failed && !failing_)
    spdlog::warn("{}: offsets could not be committed and will be tried again: {}", component_,
                 rd_kafka_err2str(worst));
  failing_ = failed;
}

} // namespace lepton::connectors
