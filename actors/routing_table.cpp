#include "actors/routing_table.hpp"

#include <algorithm>

namespace lepton::actors {

namespace {

constexpr double newest_share = 0.2;  // weight of the newest measurement in the moving mean
constexpr double behind_factor = 4.0; // a partition moves if its worker is this much later ...
constexpr double behind_ns = 5e6;     // ... and by at least this time

} // namespace

routing_table::routing_table(std::size_t workers, pipelines::credit_bound bound, bool ordered)
    : workers_(workers, worker_state{credit_account{bound}, 0, 0, false}), ordered_{ordered} {}

double routing_table::finish_ns(const worker_state& worker) const noexcept {
  const double per_record = worker.ns_per_record > 0 ? worker.ns_per_record : 1.0;
  return static_cast<double>(worker.queued_records) * per_record;
}

std::optional<std::size_t> routing_table::first_to_finish() const noexcept {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const auto at = (next_ + i) % workers_.size();
    if (workers_[at].open() && (!best || finish_ns(workers_[at]) < finish_ns(workers_[*best])))
      best = at;
  }
  if (best)
    next_ = (*best + 1) % workers_.size();
  return best;
}

bool routing_table::open() const noexcept {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const worker_state& worker) { return worker.open(); });
}

std::optional<std::size_t> routing_table::pick(partition_key partition) {
  const auto known = ordered_ ? partitions_.find(partition) : partitions_.end();
  if (known == partitions_.end() || known->second.unsettled == 0)
    return first_to_finish();
  const auto& own = workers_[known->second.worker];
  if (own.suspended)
    return first_to_finish();
  if (const auto best = first_to_finish(); best && *best != known->second.worker) {
    const double ours = finish_ns(own);
    const double theirs = finish_ns(workers_[*best]);
    if (ours > theirs * behind_factor + behind_ns)
      return std::nullopt; // wait until all is settled, then move
  }
  return own.credit.open() ? std::optional{known->second.worker} : std::nullopt;
}

void routing_table::sent(std::size_t worker, partition_key partition, std::int64_t records,
                         std::int64_t bytes) {
  workers_[worker].credit.spend(records, bytes);
  workers_[worker].queued_records += records;
  if (ordered_) {
    auto& state = partitions_[partition];
    state.worker = worker;
    ++state.unsettled;
  }
}

void routing_table::granted(std::size_t worker, std::int64_t records, std::int64_t bytes,
                            std::int64_t busy_ns) {
  auto& state = workers_[worker];
  state.credit.grant(records, bytes);
  state.queued_records = std::max<std::int64_t>(0, state.queued_records - records);
  if (records > 0 && busy_ns > 0) {
    const double measured = static_cast<double>(busy_ns) / static_cast<double>(records);
    state.ns_per_record = state.ns_per_record > 0
                              ? state.ns_per_record * (1 - newest_share) + measured * newest_share
                              : measured;
  }
}

void routing_table::settled(partition_key partition) {
  const auto known = partitions_.find(partition);
  if (known != partitions_.end() && known->second.unsettled > 0)
    --known->second.unsettled;
}

void routing_table::reset(std::size_t worker) {
  workers_[worker].credit.reset();
  workers_[worker].queued_records = 0;
  workers_[worker].ns_per_record = 0;
  workers_[worker].suspended = false;
}

void routing_table::suspend(std::size_t worker, bool suspended) {
  workers_[worker].suspended = suspended;
}

std::int64_t routing_table::credit_records() const noexcept {
  std::int64_t sum = 0;
  for (const auto& worker : workers_)
    sum += std::max<std::int64_t>(0, worker.credit.records());
  return sum;
}

std::int64_t routing_table::credit_bytes() const noexcept {
  std::int64_t sum = 0;
  for (const auto& worker : workers_)
    sum += std::max<std::int64_t>(0, worker.credit.bytes());
  return sum;
}

} // namespace lepton::actors
