#include "connectors/kafka/topic_check.hpp"

#include "connectors/kafka/kafka_error.hpp"

#include <fmt/format.h>

#include <thread>

namespace lepton::connectors {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds settle_for{2000}; ///< a topic made just now may not be known everywhere
constexpr milliseconds ask_again{100};

bool may_pass(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

core::error about(const std::string& topic, rd_kafka_resp_err_t code, const std::string& servers) {
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return {core::errc::not_found,
            fmt::format("topic '{}' does not exist at {}; create it (kafka-topics.sh --create "
                        "--topic {}), or correct its name",
                        topic, servers, topic)};
  return to_error(code, fmt::format("topic '{}'", topic));
}

core::result<void> check_topic(kafka_client_handle& client, const std::string& topic,
                               milliseconds limit) {
  const rdkafka_topic handle{rd_kafka_topic_new(client.get(), topic.c_str(), nullptr)};
  if (!handle)
    return core::error{core::errc::invalid_argument,
                       fmt::format("'{}' is no name of a topic: {}", topic,
                                   rd_kafka_err2str(rd_kafka_last_error()))};
  const auto deadline = steady_clock::now() + settle_for;
  for (;;) {
    auto answer = client.metadata(handle.get(), limit);
    if (!answer)
      return answer.error();
    const auto code = (*answer)->topic_cnt == 1 ? (*answer)->topics[0].err
                                                : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
      return {};
    if (!may_pass(code) || steady_clock::now() >= deadline)
      return about(topic, code, client.watch().servers());
    std::this_thread::sleep_for(ask_again);
  }
}

} // namespace

core::result<void> check_topics(kafka_client_handle& client, const std::vector<std::string>& topics,
                                milliseconds limit) {
  bool asked = false;
  for (const auto& topic : topics) {
    if (topic.starts_with('^'))
      continue;
    LEPTON_TRY(check_topic(client, topic, limit));
    asked = true;
  }
  if (asked)
    return {};
  if (auto answer = client.metadata(nullptr, limit); !answer) // patterns only: is anybody there?
    return answer.error();
  return {};
}

} // namespace lepton::connectors
