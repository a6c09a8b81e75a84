#include "connectors/kafka/kafka_sink.hpp"

#include "connectors/kafka/kafka_error.hpp"
#include "connectors/kafka/topic_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace lepton::connectors {

namespace {

using std::chrono::milliseconds;

constexpr int flush_ms = 2; ///< enough for librdkafka's threads to notice
constexpr int close_ms = 8000;
/// One less than the requests that librdkafka has under way for a partition.
constexpr std::size_t most_flights = 4;

void wake(rd_kafka_t*, void* owner) {
  static_cast<core::waker*>(owner)->wake();
}

/// True if the record is at fault, so that others may still be written.
bool is_about_record(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: // only if the user sets message.timeout.ms
      return true;
    default: return false;
  }
}

/// librdkafka takes no pointer to const, and does not write.
void* bytes_of(std::string_view text) {
  return const_cast<char*>(text.data());
}

/// The record whose payload and key librdkafka had. Records without bytes are alike: the first that
/// has not failed.
std::size_t record_of(const core::encoded_batch& batch, const rd_kafka_message_t& sent,
                      const std::vector<core::row_error>& failed) {
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto& record = batch.records[i];
    const bool taken = std::any_of(failed.begin(), failed.end(), [&](const auto& each) {
      return each.row == static_cast<std::int32_t>(i);
    });
    if (batch.payload(record).data() == sent.payload && record.payload_size == sent.len && !taken)
      return i;
  }
  return 0;
}

/// The sum of all numbers that follow `name` in librdkafka's statistics.
std::int64_t sum_of(std::string_view json, std::string_view name) {
  std::int64_t sum = 0;
  for (auto at = json.find(name); at != std::string_view::npos; at = json.find(name, at)) {
    at += name.size();
    std::int64_t number = 0;
    std::from_chars(json.data() + at, json.data() + json.size(), number);
    sum += number;
  }
  return sum;
}

rd_kafka_headers_t* make_headers(const std::vector<std::pair<std::string, std::string>>& from) {
  auto* headers = rd_kafka_headers_new(from.size());
  for (const auto& [name, text] : from)
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                        static_cast<ssize_t>(text.size()));
  return headers;
}

} // namespace

kafka_sink::kafka_sink(std::shared_ptr<const kafka_sink_settings> settings,
                       const core::run_context& context)
    : settings_{std::move(settings)}, component_{context.component},
      retries_{context.metrics->counter(core::metric::kafka_retries,
                                        {{"component", context.component}})} {}

kafka_sink::~kafka_sink() {
  release();
}

core::result<void> kafka_sink::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  auto made =
      kafka_client_handle::make(RD_KAFKA_PRODUCER, settings_->properties, component_, *this);
  if (!made)
    return made.error();
  client_ = std::move(*made);
  LEPTON_TRY(check_topics(*client_, {settings_->topic},
                          std::chrono::duration_cast<milliseconds>(settings_->connect_timeout)));
  topic_.reset(rd_kafka_topic_new(client_->get(), settings_->topic.c_str(), nullptr));
  LEPTON_TRY(count_partitions());
  reports_.reset(rd_kafka_queue_get_main(client_->get()));
  rd_kafka_queue_cb_event_enable(reports_.get(), wake, owner_.get());
  return {};
}

core::result<void> kafka_sink::count_partitions() {
  auto answer = client_->metadata(
      topic_.get(), std::chrono::duration_cast<milliseconds>(settings_->connect_timeout));
  if (!answer)
    return answer.error();
  if ((*answer)->topic_cnt == 1)
    settings_->partitions->set_count((*answer)->topics[0].partition_cnt);
  return {};
}

core::result<void> kafka_sink::write(core::encoded_batch_ptr batch) {
  auto started = std::make_unique<writing>();
  started->batch = std::move(batch);
  writes_.push_back(std::move(started));
  if (!blocked_)
    blocked_ = !produce(*writes_.back());
  if (fatal_)
    return *fatal_;
  return {};
}

bool kafka_sink::may_give() {
  const auto now = std::chrono::steady_clock::now();
  if (!flights_.empty() && now - flights_.back().begun < settings_->linger)
    return true;
  if (flights_.size() == most_flights)
    return false;
  flights_.push_back({now});
  return true;
}

bool kafka_sink::produce(writing& write) {
  if (!write.in_flight) {
    if (!may_give())
      return false;
    write.in_flight = true;
    ++flights_.back().batches;
  }
  return write.batch->headers.empty() ? produce_plain(write) : produce_with_headers(write);
}

void kafka_sink::produce_blocked() {
  blocked_ = false;
  for (const auto& write : writes_)
    if (write->next != write->batch->records.size() && !produce(*write)) {
      blocked_ = true;
      return;
    }
}

bool kafka_sink::produce_plain(writing& write) {
  const auto& batch = *write.batch;
  const std::span rest{batch.records.data() + write.next, batch.records.size() - write.next};
  messages_.assign(rest.size(), rd_kafka_message_t{});
  for (std::size_t i = 0; i < rest.size(); ++i) {
    auto& message = messages_[i];
    message.payload = bytes_of(batch.payload(rest[i]));
    message.len = rest[i].payload_size;
    message.key = rest[i].key_size == 0 ? nullptr : bytes_of(batch.key(rest[i]));
    message.key_len = rest[i].key_size;
    message._private = &write;
    message.partition = rest[i].partition < 0 ? RD_KAFKA_PARTITION_UA : rest[i].partition;
  }
  rd_kafka_produce_batch(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION,
                         messages_.data(), static_cast<int>(messages_.size()));
  return std::all_of(messages_.begin(), messages_.end(),
                     [&](const auto& message) { return given(write, message.err); });
}

bool kafka_sink::produce_with_headers(writing& write) {
  while (write.next < write.batch->records.size())
    if (!given(write, produce_one(write, write.next)))
      return false;
  return true;
}

rd_kafka_resp_err_t kafka_sink::produce_one(writing& write, std::size_t record) {
  const auto& batch = *write.batch;
  const auto& places = batch.records[record];
  auto* headers = make_headers(batch.headers[record]);
  const auto payload = batch.payload(places);
  const auto key = batch.key(places);
  const auto code = rd_kafka_producev(
      client_->get(), RD_KAFKA_V_RKT(topic_.get()),
      RD_KAFKA_V_PARTITION(places.partition < 0 ? RD_KAFKA_PARTITION_UA : places.partition),
      RD_KAFKA_V_MSGFLAGS(0), RD_KAFKA_V_VALUE(bytes_of(payload), payload.size()),
      RD_KAFKA_V_KEY(key.empty() ? nullptr : bytes_of(key), key.size()), RD_KAFKA_V_OPAQUE(&write),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_headers_destroy(headers); // else they belong to the message
  return code;
}

bool kafka_sink::given(writing& write, rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return false;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    ++write.waiting;
  else
    refused(write, write.next, code);
  ++write.next;
  return true;
}

void kafka_sink::refused(writing& write, std::size_t record, rd_kafka_resp_err_t code) {
  if (is_about_record(code)) {
    auto reason =
        to_error(code, fmt::format("Kafka refuses the record for topic '{}'", settings_->topic));
    write.failed.push_back({static_cast<std::int32_t>(record), reason.message()});
  } else if (!fatal_) {
    fatal_ = to_error(code, fmt::format("topic '{}' cannot be written", settings_->topic));
  }
}

void kafka_sink::on_delivery(const rd_kafka_message_t& sent) {
  auto& write = *static_cast<writing*>(sent._private);
  --write.waiting;
  if (sent.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    refused(write, record_of(*write.batch, sent, write.failed), sent.err);
}

core::result<void> kafka_sink::poll(std::vector<core::sink_completion>& ended) {
  if (!client_)
    return {};
  rd_kafka_poll(client_->get(), 0);
  if (fatal_)
    return *fatal_;
  while (!writes_.empty() && writes_.front()->ended()) {
    auto& done = *writes_.front();
    ended.push_back({std::move(done.batch), std::move(done.failed)});
    writes_.pop_front();
    --flights_.front().batches; // both are in order
    while (!flights_.empty() && flights_.front().batches == 0)
      flights_.pop_front();
  }
  if (blocked_)
    produce_blocked();
  return {};
}

void kafka_sink::on_statistics(std::string_view json) {
  const auto now = sum_of(json, "\"txretries\":");
  retries_.add(std::max<std::int64_t>(0, now - retries_seen_));
  retries_seen_ = now;
}

void kafka_sink::flush() {
  if (client_ && !writes_.empty())
    rd_kafka_flush(client_->get(), flush_ms);
}

core::result<void> kafka_sink::close() {
  if (!client_)
    return {};
  if (connected() && !fatal_)
    rd_kafka_flush(client_->get(), close_ms);
  const auto left = std::count_if(writes_.begin(), writes_.end(),
                                  [](const auto& each) { return !each->ended(); });
  release();
  if (left != 0 && !fatal_)
    return core::error{core::errc::unavailable,
                       fmt::format("{} batches for topic '{}' could not be written because Kafka "
                                   "does not answer; they are not committed and will be read again",
                                   left, settings_->topic)};
  return {};
}

void kafka_sink::release() noexcept {
  if (reports_)
    rd_kafka_queue_cb_event_enable(reports_.get(), nullptr, nullptr);
  reports_.reset();
  topic_.reset();
  if (client_)
    client_->forget_listener();
  client_ = nullptr; // before the batches: requests under way point into them
  writes_.clear();
}

} // namespace lepton::connectors
