#include "connectors/kafka/batch_cutter.hpp"

#include <algorithm>

namespace lepton::connectors {

batch_cutter::group& batch_cutter::run_of(assigned_partition& owner) {
  if (runs_.empty() || runs_.back().owner != &owner)
    runs_.push_back({&owner, messages_.size(), messages_.size(), {}});
  return runs_.back();
}

void batch_cutter::add(rd_kafka_message_t* message, assigned_partition& owner) {
  auto& run = run_of(owner);
  messages_.push_back(message);
  ++run.end;
}

void batch_cutter::add_end(assigned_partition& owner, std::int64_t next) {
  run_of(owner).skip_to = next;
}

void batch_cutter::seal() {
  // By epoch: it names a partition, and the first partition that was assigned is not favoured for
  // long because everything is cut before anything is added.
  std::stable_sort(runs_.begin(), runs_.end(),
                   [](const group& a, const group& b) { return a.owner->epoch < b.owner->epoch; });
  groups_.clear();
  scratch_.clear();
  for (const auto& run : runs_) {
    if (groups_.empty() || groups_.back().owner != run.owner)
      groups_.push_back({run.owner, scratch_.size(), scratch_.size(), {}});
    scratch_.insert(scratch_.end(), messages_.begin() + static_cast<std::ptrdiff_t>(run.begin),
                    messages_.begin() + static_cast<std::ptrdiff_t>(run.end));
    groups_.back().end = scratch_.size();
    if (run.skip_to)
      groups_.back().skip_to = run.skip_to;
  }
  messages_.swap(scratch_);
  runs_.clear();
  std::erase_if(groups_, [this](group& each) {
    const bool nothing = each.begin == each.end;
    if (nothing)
      finish(each);
    return nothing;
  });
  next_ = 0;
}

void batch_cutter::finish(group& done) {
  if (done.skip_to)
    done.owner->tracker.skip_to(*done.skip_to);
}

std::size_t batch_cutter::cut_end(const group& from, core::poll_budget budget,
                                  std::int64_t& bytes) const {
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, budget.records));
  const auto last = std::min(from.end, from.begin + most);
  auto end = from.begin;
  for (; end < last; ++end) {
    const auto size = static_cast<std::int64_t>(messages_[end]->len + messages_[end]->key_len);
    if (end != from.begin && bytes + size > budget.bytes)
      break;
    bytes += size;
  }
  return end;
}

core::ref_ptr<kafka_batch> batch_cutter::cut(const kafka_client_ptr& client,
                                             core::poll_budget budget) {
  if (empty())
    return nullptr;
  auto& from = groups_[next_];
  std::int64_t bytes = 0;
  const auto end = cut_end(from, budget, bytes);
  const auto taken = std::span{messages_}.subspan(from.begin, end - from.begin);
  auto batch = core::make_ref<kafka_batch>(client, taken);
  auto& owner = *from.owner;
  batch->topic = owner.topic;
  batch->partition = owner.partition;
  batch->epoch = owner.epoch;
  batch->record_count = static_cast<std::int64_t>(taken.size());
  batch->byte_count = bytes;
  batch->ticket = owner.tracker.hand_out(taken.front()->offset, taken.back()->offset,
                                         batch->record_count, bytes);
  from.begin = end;
  if (from.begin == from.end) {
    finish(from);
    if (++next_ == groups_.size())
      clear();
  }
  return batch;
}

void batch_cutter::give_back(std::span<const group> groups) {
  for (const auto& each : groups)
    for (auto i = each.begin; i < each.end; ++i)
      rd_kafka_message_destroy(messages_[i]);
}

void batch_cutter::drop(const assigned_partition& owner) {
  const auto first = groups_.begin() + static_cast<std::ptrdiff_t>(next_);
  const auto kept = std::stable_partition(first, groups_.end(),
                                          [&](const group& each) { return each.owner != &owner; });
  give_back({kept, groups_.end()});
  groups_.erase(kept, groups_.end());
  if (empty())
    clear();
}

void batch_cutter::clear() {
  give_back(std::span{groups_}.subspan(next_));
  give_back(runs_);
  groups_.clear();
  runs_.clear();
  messages_.clear();
  next_ = 0;
}

} // namespace lepton::connectors
