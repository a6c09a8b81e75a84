#include "connectors/kafka/kafka_source.hpp"

#include "connectors/kafka/kafka_error.hpp"
#include "connectors/kafka/topic_check.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <span>

namespace lepton::connectors {

namespace {

using std::chrono::milliseconds;

/// Batches taken at once: more make fuller batches where small pieces of many partitions alternate.
constexpr std::int64_t batches_at_once = 4;
constexpr std::int64_t take_at_most = 16384;
constexpr std::chrono::seconds measure_every{1};
constexpr std::chrono::seconds commit_for{3};
constexpr std::chrono::seconds close_for{8};

void wake(rd_kafka_t*, void* owner) {
  static_cast<core::waker*>(owner)->wake();
}

} // namespace

kafka_source::kafka_source(std::shared_ptr<const kafka_source_settings> settings,
                           const core::run_context& context)
    : settings_{std::move(settings)}, component_{context.component},
      assignment_{*settings_, pending_, component_, *context.metrics} {}

kafka_source::~kafka_source() {
  release();
}

core::result<void> kafka_source::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  auto made =
      kafka_client_handle::make(RD_KAFKA_CONSUMER, settings_->properties, component_, *this);
  if (!made)
    return made.error();
  client_ = std::move(*made);
  LEPTON_TRY(check_topics(*client_, settings_->topics,
                          std::chrono::duration_cast<milliseconds>(settings_->connect_timeout)));
  rd_kafka_poll_set_consumer(client_->get());
  control_.reset(rd_kafka_queue_get_consumer(client_->get()));
  records_.reset(rd_kafka_queue_new(client_->get()));
  for (auto* queue : {control_.get(), records_.get()})
    rd_kafka_queue_cb_event_enable(queue, wake, owner_.get());
  assignment_.attach(client_->get(), records_.get());
  return subscribe();
}

core::result<void> kafka_source::subscribe() {
  const rdkafka_partitions list{
      rd_kafka_topic_partition_list_new(static_cast<int>(settings_->topics.size()))};
  for (const auto& topic : settings_->topics)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(client_->get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return to_error(code, "the topics cannot be subscribed to");
  return {};
}

void kafka_source::on_rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& list) {
  assignment_.on_rebalance(code, list);
}

void kafka_source::on_commit(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list) {
  assignment_.on_commit(code, list);
}

void kafka_source::serve_control(milliseconds limit) {
  rdkafka_message message{rd_kafka_consume_queue(control_.get(), static_cast<int>(limit.count()))};
  while (message) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
      failed(*message);
    message.reset(rd_kafka_consume_queue(control_.get(), 0));
  }
}

core::result<void> kafka_source::serve(clock::time_point now) {
  serve_control(milliseconds{0});
  LEPTON_TRY(assignment_.step(now));
  if (fatal_)
    return *fatal_;
  return {};
}

void kafka_source::failed(const rd_kafka_message_t& message) {
  if (!ends_consumer(message.err)) {
    spdlog::debug("{}: {}", component_, rd_kafka_message_errstr(&message));
    return;
  }
  const auto where = message.rkt ? fmt::format("topic '{}', partition {}",
                                               rd_kafka_topic_name(message.rkt), message.partition)
                                 : std::string{"the consumer group"};
  fatal_ = to_error(message.err, where);
}

core::result<core::source_poll> kafka_source::poll(core::poll_budget budget) {
  const auto now = clock::now();
  LEPTON_TRY(serve(now));
  while (pending_.empty()) {
    if (assignment_.finished())
      return core::source_poll{core::source_state::exhausted, {}, {}};
    if (!take(budget))
      return core::source_poll{};
    if (fatal_)
      return *fatal_;
  }
  return hand_out(budget, now);
}

core::source_poll kafka_source::hand_out(core::poll_budget budget, clock::time_point now) {
  auto batch = pending_.cut(client_, budget);
  batch->sequence = sequence_++;
  batch->received = now;
  return {core::source_state::ready, std::move(batch), {}};
}

std::size_t kafka_source::take_limit(core::poll_budget budget) const {
  const auto in_bytes =
      std::max<std::int64_t>(1, budget.bytes / std::max<std::int64_t>(1, record_size_));
  const auto records = std::max<std::int64_t>(1, std::min(budget.records, in_bytes));
  return static_cast<std::size_t>(std::min(records * batches_at_once, take_at_most));
}

bool kafka_source::take(core::poll_budget budget) {
  taken_.resize(take_limit(budget));
  const auto count = rd_kafka_consume_batch_queue(records_.get(), 0, taken_.data(), taken_.size());
  if (count <= 0)
    return false;
  const std::span taken{taken_.data(), static_cast<std::size_t>(count)};
  std::size_t bytes = 0;
  for (auto* message : taken) {
    bytes += message->len + message->key_len;
    sort_in(message);
  }
  pending_.seal();
  record_size_ = static_cast<std::int64_t>(bytes / taken.size());
  return true;
}

void kafka_source::sort_in(rd_kafka_message_t* message) {
  auto* owner = assignment_.find(*message);
  const bool wanted = owner && !owner->revoking;
  if (wanted && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool behind_end = owner->end && message->offset >= *owner->end;
    owner->reached(message->offset + 1);
    if (!behind_end)
      return pending_.add(message, *owner);
  } else if (wanted && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    owner->reached(message->offset);
    pending_.add_end(*owner, message->offset);
  } else if (wanted) {
    failed(*message);
  }
  rd_kafka_message_destroy(message);
}

core::result<void> kafka_source::tick() {
  const auto now = clock::now();
  LEPTON_TRY(serve(now));
  if (now >= next_commit_) {
    next_commit_ = now + settings_->commit_interval;
    assignment_.commit();
  }
  if (now >= next_lag_) {
    next_lag_ = now + measure_every;
    lag_ = assignment_.measure_lag();
  }
  return {};
}

void kafka_source::settled(const core::raw_batch& batch) {
  assignment_.settled(batch.epoch, static_cast<const kafka_batch&>(batch).ticket, clock::now());
}

core::result<void> kafka_source::close(bool) {
  if (!control_)
    return {};
  assignment_.closing();
  pending_.clear();
  const auto start = clock::now();
  assignment_.commit();
  while ((assignment_.commit_under_way() || assignment_.wants_commit()) && connected() &&
         clock::now() < start + commit_for) {
    serve_control(milliseconds{50});
    assignment_.commit();
  }
  const bool committed = !assignment_.commit_under_way() && !assignment_.wants_commit();
  leave_group(start + close_for);
  release();
  if (!committed)
    return core::error{core::errc::unavailable,
                       "the last offsets could not be committed because Kafka does not answer; the "
                       "records after the last commit will be read again"};
  return {};
}

void kafka_source::leave_group(clock::time_point deadline) {
  if (!connected())
    return; // the broker notices by itself, after session.timeout.ms
  if (const rdkafka_failure refused{rd_kafka_consumer_close_queue(client_->get(), control_.get())})
    return;
  while (!rd_kafka_consumer_closed(client_->get()) && clock::now() < deadline)
    serve_control(milliseconds{20});
}

void kafka_source::release() noexcept {
  pending_.clear();
  for (auto* queue : {control_.get(), records_.get()})
    if (queue)
      rd_kafka_queue_cb_event_enable(queue, nullptr, nullptr);
  control_.reset();
  records_.reset();
  if (client_) {
    client_->forget_listener();
    if (!connected() || assignment_.commit_under_way())
      client_->abandon();
  }
  client_ = nullptr; // batches that are still out keep it
}

} // namespace lepton::connectors
