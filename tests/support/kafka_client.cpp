#include "tests/support/kafka_client.hpp"

#include "tests/support/eventually.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>

namespace lepton::tests {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds limit{30'000};
constexpr int limit_ms = static_cast<int>(limit.count());

[[noreturn]] void fail(const std::string& what, std::string_view why) {
  throw std::runtime_error(fmt::format("kafka client of the tests: {}: {}", what, why));
}

void check(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail(what, rd_kafka_err2str(error));
}

/// Owns a librdkafka object by the function that destroys it.
template <auto Destroy>
struct destroyer {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};
template <class T, auto Destroy>
using owned = std::unique_ptr<T, destroyer<Destroy>>;

using owned_handle = owned<rd_kafka_t, rd_kafka_destroy>;
using message = owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using metadata = owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using partition_list =
    owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using topic_handle = owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;

/// Counts what the broker refused; the opaque pointer of a producer.
struct delivery_errors {
  std::size_t count = 0;
  rd_kafka_resp_err_t first = RD_KAFKA_RESP_ERR_NO_ERROR;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* sent, void* opaque) {
  auto& errors = *static_cast<delivery_errors*>(opaque);
  if (sent->err != RD_KAFKA_RESP_ERR_NO_ERROR && errors.count++ == 0)
    errors.first = sent->err;
}

owned_handle open_handle(const kafka_client& client, const kafka_client::properties& shared,
                         rd_kafka_type_t type, const kafka_client::properties& own,
                         delivery_errors* errors = nullptr) {
  kafka_client::properties all{
      {"bootstrap.servers", client.bootstrap_servers()},
      {"client.id", "lepton-tests"},
      {"log_level", "0"}, // brokers that are down are part of many tests
      {"reconnect.backoff.ms", "10"},
      {"reconnect.backoff.max.ms", "100"},
  };
  for (const auto& more : {shared, own})
    for (const auto& [name, value] : more)
      all[name] = value;
  std::array<char, 512> text{};
  owned<rd_kafka_conf_t, rd_kafka_conf_destroy> config{rd_kafka_conf_new()};
  for (const auto& [name, value] : all)
    if (rd_kafka_conf_set(config.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK)
      fail(name, text.data());
  if (errors != nullptr) {
    rd_kafka_conf_set_opaque(config.get(), errors);
    rd_kafka_conf_set_dr_msg_cb(config.get(), on_delivery);
  }
  owned_handle made{rd_kafka_new(type, config.get(), text.data(), text.size())};
  if (!made)
    fail("rd_kafka_new", text.data());
  std::ignore = config.release(); // it belongs to the handle now
  return made;
}

/// What the broker says about one topic, or about all when `topic` is null; null without an answer.
metadata ask_metadata(rd_kafka_t* client, rd_kafka_topic_t* topic, milliseconds wait) {
  const rd_kafka_metadata_t* answer = nullptr;
  const auto error = rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &answer,
                                       static_cast<int>(wait.count()));
  return metadata{error == RD_KAFKA_RESP_ERR_NO_ERROR ? answer : nullptr};
}

bool has_leaders(const rd_kafka_metadata_topic& topic) {
  const std::span partitions{topic.partitions, static_cast<std::size_t>(topic.partition_cnt)};
  return topic.err == RD_KAFKA_RESP_ERR_NO_ERROR &&
         std::ranges::all_of(partitions, [](const auto& p) { return p.leader >= 0; });
}

int partition_count(rd_kafka_t* client, const std::string& topic) {
  const topic_handle of_topic{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
  const auto answer = ask_metadata(client, of_topic.get(), limit);
  if (!answer || answer->topic_cnt != 1)
    fail(topic, "no metadata");
  check(answer->topics[0].err, topic);
  return answer->topics[0].partition_cnt;
}

struct watermarks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

std::vector<watermarks> ask_watermarks(rd_kafka_t* client, const std::string& topic) {
  std::vector<watermarks> all(static_cast<std::size_t>(partition_count(client, topic)));
  for (std::int32_t partition = 0; auto& [low, high] : all) {
    auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
    eventually(limit, [&] { // a leader may move after a restart
      code =
          rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, limit_ms);
      return code != RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION &&
             code != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    });
    check(code, "watermarks of " + topic);
    ++partition;
  }
  return all;
}

std::string to_string(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string{} : std::string{static_cast<const char*>(bytes), size};
}

kafka_record to_record(const rd_kafka_message_t& from) {
  kafka_record record;
  record.partition = from.partition;
  record.offset = from.offset;
  record.key = to_string(from.key, from.key_len);
  record.value = to_string(from.payload, from.len);
  record.has_key = from.key != nullptr;
  record.has_value = from.payload != nullptr;
  record.timestamp_ms = rd_kafka_message_timestamp(&from, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return record; // it has none
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    record.headers.emplace_back(name, to_string(value, size));
  return record;
}

rd_kafka_resp_err_t enqueue(rd_kafka_t* producer, const std::string& topic,
                            const kafka_record& record) {
  owned<rd_kafka_headers_t, rd_kafka_headers_destroy> headers{
      rd_kafka_headers_new(record.headers.size())};
  for (const auto& [name, value] : record.headers)
    check(rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                              value.data(), static_cast<ssize_t>(value.size())),
          "header " + name);
  // Not const: librdkafka takes void*, and copies.
  auto* key = record.has_key ? const_cast<char*>(record.key.data()) : nullptr;
  auto* value = record.has_value ? const_cast<char*>(record.value.data()) : nullptr;
  const auto error = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(record.partition),
      RD_KAFKA_V_KEY(key, record.has_key ? record.key.size() : 0),
      RD_KAFKA_V_VALUE(value, record.has_value ? record.value.size() : 0),
      RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
    std::ignore = headers.release(); // they belong to the message now
  return error;
}

/// Starts reading each partition at its low watermark.
void assign(rd_kafka_t* consumer, const std::string& topic, std::span<const watermarks> ranges) {
  const partition_list list{rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size()))};
  for (std::int32_t partition = 0; const auto& range : ranges)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition++)->offset = range.low;
  check(rd_kafka_assign(consumer, list.get()), "assign " + topic);
}

} // namespace

std::int64_t total(const std::vector<std::int64_t>& offsets) {
  return std::accumulate(offsets.begin(), offsets.end(), std::int64_t{0});
}

bool kafka_client::is_ready(milliseconds wait) const {
  const auto handle = open_handle(*this, config_, RD_KAFKA_PRODUCER, {});
  return eventually(wait, [&] {
    const auto answer = ask_metadata(handle.get(), nullptr, std::min(wait, milliseconds{500}));
    if (!answer || answer->broker_cnt == 0)
      return false;
    return std::ranges::all_of(
        std::span{answer->topics, static_cast<std::size_t>(answer->topic_cnt)}, has_leaders);
  });
}

void kafka_client::create_topic(const std::string& topic, int partitions,
                                const properties& config) const {
  const auto handle = open_handle(*this, config_, RD_KAFKA_PRODUCER, {});
  std::array<char, 512> text{};
  owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> wanted{
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text.data(), text.size())};
  if (!wanted)
    fail("create topic " + topic, text.data());
  for (const auto& [name, value] : config)
    check(rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str()), name);

  const owned<rd_kafka_queue_t, rd_kafka_queue_destroy> answers{rd_kafka_queue_new(handle.get())};
  auto* wanted_topic = wanted.get();
  rd_kafka_CreateTopics(handle.get(), &wanted_topic, 1, nullptr, answers.get());
  const owned<rd_kafka_event_t, rd_kafka_event_destroy> answer{
      rd_kafka_queue_poll(answers.get(), limit_ms)};
  if (!answer)
    fail("create topic " + topic, "no answer");
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail("create topic " + topic, rd_kafka_event_error_string(answer.get()));
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  if (count == 1 && rd_kafka_topic_result_error(results[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail("create topic " + topic, rd_kafka_topic_result_error_string(results[0]));

  const topic_handle made{rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr)};
  const bool usable = eventually(limit, [&] {
    const auto state = ask_metadata(handle.get(), made.get(), limit);
    return state && state->topic_cnt == 1 && state->topics[0].partition_cnt == partitions &&
           has_leaders(state->topics[0]);
  });
  if (!usable)
    fail("create topic " + topic, "no leaders");
}

void kafka_client::create_scram_user(const std::string& name, const std::string& password) const {
  const auto handle = open_handle(*this, config_, RD_KAFKA_PRODUCER, {});
  constexpr int iterations = 4096;
  const owned<rd_kafka_UserScramCredentialAlteration_t,
              rd_kafka_UserScramCredentialAlteration_destroy>
      wanted{rd_kafka_UserScramCredentialUpsertion_new(
          name.c_str(), RD_KAFKA_SCRAM_MECHANISM_SHA_512, iterations,
          reinterpret_cast<const unsigned char*>(password.data()), password.size(), nullptr, 0)};
  const owned<rd_kafka_queue_t, rd_kafka_queue_destroy> answers{rd_kafka_queue_new(handle.get())};
  auto* wanted_user = wanted.get();
  rd_kafka_AlterUserScramCredentials(handle.get(), &wanted_user, 1, nullptr, answers.get());
  const owned<rd_kafka_event_t, rd_kafka_event_destroy> answer{
      rd_kafka_queue_poll(answers.get(), limit_ms)};
  if (!answer)
    fail("create user " + name, "no answer");
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail("create user " + name, rd_kafka_event_error_string(answer.get()));
}

void kafka_client::produce(const std::string& topic,
                           const std::vector<kafka_record>& records) const {
  delivery_errors errors;
  const auto producer = open_handle(*this, config_, RD_KAFKA_PRODUCER,
                                    {{"enable.idempotence", "true"},
                                     {"linger.ms", "1"},
                                     {"partitioner", "murmur2_random"},
                                     {"message.timeout.ms", std::to_string(limit_ms)}},
                                    &errors);
  for (const auto& record : records) {
    auto error = enqueue(producer.get(), topic, record);
    while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer.get(), 10);
      error = enqueue(producer.get(), topic, record);
    }
    check(error, "produce to " + topic);
    rd_kafka_poll(producer.get(), 0);
  }
  // A record is delivered or has failed when its own time is up: flush adds some for the answer.
  check(rd_kafka_flush(producer.get(), limit_ms + 5'000), "flush " + topic);
  if (errors.count > 0)
    fail(fmt::format("{} of {} records to {} were not delivered", errors.count, records.size(),
                     topic),
         rd_kafka_err2str(errors.first));
}

void kafka_client::produce(const std::string& topic,
                           const std::vector<std::pair<std::string, std::string>>& records) const {
  std::vector<kafka_record> all(records.size());
  std::ranges::transform(records, all.begin(), [](const auto& record) {
    kafka_record made;
    std::tie(made.key, made.value) = record;
    return made;
  });
  produce(topic, all);
}

std::vector<kafka_record> kafka_client::consume_all(const std::string& topic,
                                                    isolation level) const {
  const auto consumer = open_handle(
      *this, config_, RD_KAFKA_CONSUMER,
      {{"group.id", "lepton-tests"}, // needed by assign(), never joined
       {"enable.auto.commit", "false"},
       {"enable.partition.eof", "true"},
       {"auto.offset.reset", "error"},
       {"check.crcs", "true"},
       {"fetch.wait.max.ms", "10"}, // the end of a partition is seen after one empty fetch
       {"isolation.level",
        level == isolation::read_committed ? "read_committed" : "read_uncommitted"}});
  rd_kafka_poll_set_consumer(consumer.get());
  const auto ranges = ask_watermarks(consumer.get(), topic);
  assign(consumer.get(), topic, ranges);

  std::vector<bool> done(ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i)
    done[i] = ranges[i].low == ranges[i].high;
  std::vector<kafka_record> records;
  auto deadline = steady_clock::now() + limit;
  while (std::ranges::find(done, false) != done.end()) {
    if (steady_clock::now() > deadline)
      fail("consume " + topic, "nothing came for 30 s");
    const message got{rd_kafka_consumer_poll(consumer.get(), 100)};
    if (!got)
      continue;
    const auto partition = static_cast<std::size_t>(got->partition);
    if (got->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      done[partition] = true;
      continue;
    }
    if (got->rkt == nullptr)
      continue; // about the connection, which librdkafka mends by itself
    check(got->err, "consume " + topic);
    deadline = steady_clock::now() + limit;
    if (got->offset + 1 >= ranges[partition].high)
      done[partition] = true;
    if (got->offset < ranges[partition].high)
      records.push_back(to_record(*got));
  }
  std::ranges::sort(records, {}, [](const kafka_record& record) {
    return std::pair{record.partition, record.offset};
  });
  return records;
}

std::vector<std::int64_t> kafka_client::end_offsets(const std::string& topic) const {
  // With read_committed the broker would answer with the last stable offset instead.
  const auto handle =
      open_handle(*this, config_, RD_KAFKA_CONSUMER, {{"isolation.level", "read_uncommitted"}});
  std::vector<std::int64_t> ends;
  for (const auto& range : ask_watermarks(handle.get(), topic))
    ends.push_back(range.high);
  return ends;
}

std::vector<std::int64_t> kafka_client::committed(const std::string& group,
                                                  const std::string& topic) const {
  // A consumer that never subscribes reads a group's offsets without becoming a member.
  const auto reader = open_handle(*this, config_, RD_KAFKA_CONSUMER,
                                  {{"group.id", group},
                                   {"enable.auto.commit", "false"},
                                   {"isolation.level", "read_uncommitted"}});
  const int partitions = partition_count(reader.get(), topic);
  const partition_list list{rd_kafka_topic_partition_list_new(partitions)};
  for (std::int32_t partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  check(rd_kafka_committed(reader.get(), list.get(), limit_ms), "committed offsets of " + group);
  std::vector<std::int64_t> offsets;
  for (const auto& entry : std::span{list->elems, static_cast<std::size_t>(list->cnt)}) {
    check(entry.err, "committed offsets of " + group);
    offsets.push_back(std::max<std::int64_t>(entry.offset, -1));
  }
  return offsets;
}

} // namespace lepton::tests
