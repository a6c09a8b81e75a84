#include "connectors/kafka/group_assignment.hpp"

#include "connectors/kafka/kafka_error.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <span>

namespace lepton::connectors {

namespace {

constexpr std::chrono::milliseconds try_again{500};
constexpr int ask_ms = static_cast<int>(group_assignment::ask_for.count());

std::span<rd_kafka_topic_partition_t> entries(const rdkafka_partitions& list) {
  return {list->elems, static_cast<std::size_t>(list->cnt)};
}

} // namespace

group_assignment::group_assignment(const kafka_source_settings& settings, batch_cutter& pending,
                                   std::string component, core::metrics_registry& metrics)
    : settings_{settings}, pending_{pending}, component_{std::move(component)}, metrics_{metrics},
      committer_{component_} {}

void group_assignment::attach(rd_kafka_t* client, rd_kafka_queue_t* records) {
  client_ = client;
  records_ = records;
}

void group_assignment::on_rebalance(rd_kafka_resp_err_t code,
                                    const rd_kafka_topic_partition_list_t& list) {
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !closing_)
    return assign_requested(list);
  if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
    return revoke_requested(list);
  if (!closing_)
    spdlog::warn("{}: the group's rebalance failed: {}", component_, rd_kafka_err2str(code));
  rd_kafka_assign(client_, nullptr);
}

void group_assignment::on_commit(rd_kafka_resp_err_t code,
                                 const rd_kafka_topic_partition_list_t* list) {
  committer_.answered(code, list, partitions_);
}

void group_assignment::assign_requested(const rd_kafka_topic_partition_list_t& list) {
  moving_.reset(rd_kafka_topic_partition_list_copy(&list));
  phase_ = phase::assigning;
  try_assign(clock::now());
}

void group_assignment::revoke_requested(const rd_kafka_topic_partition_list_t& list) {
  moving_.reset(rd_kafka_topic_partition_list_copy(&list));
  for (const auto& each : entries(moving_))
    if (auto* gone = partitions_.find(each.topic, each.partition)) {
      gone->revoking = true;
      pending_.drop(*gone);
    }
  if (closing_ || rd_kafka_assignment_lost(client_))
    return give_up();
  phase_ = phase::settling;
  deadline_ = clock::now() + settle_for;
}

core::result<void> group_assignment::step(clock::time_point now) {
  if (phase_ == phase::assigning && now >= next_try_)
    try_assign(now);
  if (phase_ == phase::settling && (revoked_are_idle() || now >= deadline_)) {
    if (!revoked_are_idle())
      spdlog::warn("{}: partitions are given up before all of their records are settled; the next "
                   "owner reads those again",
                   component_);
    phase_ = phase::committing;
    deadline_ = now + commit_for;
  }
  if (phase_ == phase::committing) {
    committer_.request(client_, partitions_);
    if (now >= deadline_ || !(committer_.under_way() || wants_commit()))
      give_up();
  }
  if (fatal_)
    return *fatal_;
  return {};
}

bool group_assignment::wants_commit() const noexcept {
  return std::any_of(partitions_.all().begin(), partitions_.all().end(),
                     [](const auto& each) { return each->tracker.to_commit().has_value(); });
}

void group_assignment::settled(std::uint64_t epoch, offset_tracker::ticket range,
                               clock::time_point now) {
  if (auto* partition = partitions_.find(epoch)) {
    partition->tracker.settle(range);
    if (phase_ == phase::settling && revoked_are_idle())
      if (auto stepped = step(now); !stepped)
        fatal_ = stepped.error();
  }
}

bool group_assignment::revoked_are_idle() const {
  return std::all_of(partitions_.all().begin(), partitions_.all().end(),
                     [](const auto& each) { return !each->revoking || each->tracker.idle(); });
}

void group_assignment::give_up() {
  for (const auto& each : entries(moving_))
    if (auto* gone = partitions_.find(each.topic, each.partition)) {
      gone->lag->set(0);
      partitions_.remove(*gone);
    }
  tell(moving_.get(), false);
  moving_.reset();
  phase_ = phase::stable;
}

void group_assignment::try_assign(clock::time_point now) {
  next_try_ = now + try_again;
  if (find_starts() && find_ends())
    take_over();
}

/// Where to begin in each partition of `moving_`; false if the cluster does not answer now.
bool group_assignment::find_starts() {
  if (moving_->cnt == 0)
    return true;
  if (const auto failed = rd_kafka_committed(client_, moving_.get(), ask_ms);
      failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (ends_consumer(failed))
      fatal_ = to_error(failed, "the group's offsets cannot be read");
    return false;
  }
  for (auto& each : entries(moving_)) {
    if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return false;
    if (each.offset < 0)
      each.offset = settings_.from_latest ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
  }
  return true;
}

bool group_assignment::find_ends() {
  ends_.clear();
  if (!settings_.exit_at_end)
    return true;
  for (const auto& each : entries(moving_)) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(client_, each.topic, each.partition, &low, &high,
                                         ask_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return false;
    ends_.push_back(high);
  }
  return true;
}

void group_assignment::take_over() {
  for (std::size_t i = 0; i < entries(moving_).size(); ++i) {
    const auto& each = entries(moving_)[i];
    auto& own = partitions_.add(each.topic, each.partition);
    own.lag =
        &metrics_.gauge(core::metric::kafka_lag, {{"component", component_},
                                                  {"topic", each.topic},
                                                  {"partition", std::to_string(each.partition)}});
    if (!ends_.empty())
      own.end = ends_[i];
    if (each.offset >= 0) {
      own.tracker.commit_requested(each.offset);
      own.reached(each.offset);
    }
    const rdkafka_queue queue{rd_kafka_queue_get_partition(client_, each.topic, each.partition)};
    if (queue)
      rd_kafka_queue_forward(queue.get(), records_);
  }
  tell(moving_.get(), true);
  moving_.reset();
  assigned_once_ = true;
  phase_ = phase::stable;
}

void group_assignment::tell(rd_kafka_topic_partition_list_t* list, bool assign) {
  const auto* protocol = rd_kafka_rebalance_protocol(client_);
  rdkafka_failure failed;
  if (protocol && std::string_view{protocol} == "COOPERATIVE")
    failed.reset(assign ? rd_kafka_incremental_assign(client_, list)
                        : rd_kafka_incremental_unassign(client_, list));
  else if (const auto code = rd_kafka_assign(client_, assign ? list : nullptr);
           code != RD_KAFKA_RESP_ERR_NO_ERROR)
    fatal_ = to_error(code, "the group's assignment is refused");
  if (failed && assign)
    fatal_ = core::error{
        kind_of(rd_kafka_error_code(failed.get())),
        fmt::format("the group's assignment is refused: {}", rd_kafka_error_string(failed.get()))};
}

bool group_assignment::finished() const {
  return settings_.exit_at_end && assigned_once_ && phase_ == phase::stable &&
         std::all_of(partitions_.all().begin(), partitions_.all().end(),
                     [](const auto& each) { return each->at_end; });
}

std::optional<std::int64_t> group_assignment::measure_lag() {
  std::optional<std::int64_t> sum;
  for (const auto& each : partitions_.all()) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto failed =
        rd_kafka_get_watermark_offsets(client_, each->topic->c_str(), each->partition, &low, &high);
    const auto position = each->tracker.position();
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || !position)
      continue;
    const auto behind = std::max<std::int64_t>(0, high - *position);
    each->lag->set(behind);
    sum = sum.value_or(0) + behind;
  }
  return sum;
}

} // namespace lepton::connectors
