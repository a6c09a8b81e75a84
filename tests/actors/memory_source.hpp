#pragma once

#include "core/codec.hpp"
#include "core/source.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lepton::tests {

/// Holds back threads until it is opened; how a test stops a component at a known place.
class gate {
public:
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    --waiting_;
  }
  /// Waits until a thread stands at the gate.
  bool reached(std::chrono::milliseconds limit = std::chrono::seconds{10}) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, [&] { return waiting_ > 0 || open_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

/// What a test wants of its source, and what it sees of it.
struct source_script {
  std::int64_t records = 10000; ///< in each partition; the source is exhausted after them
  int partitions = 1;
  std::int64_t batch = 100;
  bool endless = false;            ///< idle after the last record instead of exhausted
  std::string fail_open;           ///< text of the failure
  std::int64_t fail_after = -1;    ///< polls
  std::shared_ptr<gate> open_gate; ///< `open` waits here
  std::shared_ptr<gate> poll_gate; ///< every `poll` waits here
  std::atomic<bool> silent{false}; ///< idle, whatever is left

  std::atomic<std::int64_t> polled{0}; ///< records handed out
  std::atomic<std::int64_t> settled_records{0};
  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
  std::atomic<bool> closed_drained{false};
  std::atomic<std::int64_t> unsettled{0}; ///< batches
};

class memory_batch final : public core::raw_batch {
public:
  memory_batch(std::int32_t part, std::int64_t first, std::int64_t count) {
    static const auto name = std::make_shared<const std::string>("memory");
    topic = name;
    partition = part;
    record_count = count;
    received = clock::now();
    for (std::int64_t i = 0; i < count; ++i)
      records_.push_back({"payload", {}, first + i, 0});
    byte_count = count * 7;
  }
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::vector<core::raw_record> records_;
};

/// Records (partition, offset) from memory, partition after partition in turn.
class memory_source final : public core::source {
public:
  explicit memory_source(std::shared_ptr<source_script> script)
      : script_{std::move(script)}, next_(static_cast<std::size_t>(script_->partitions), 0) {}

  core::result<void> open(core::ref_ptr<core::waker> owner) override {
    if (script_->open_gate)
      script_->open_gate->pass();
    if (!script_->fail_open.empty())
      return core::error{core::errc::not_found, script_->fail_open};
    waker_ = std::move(owner);
    ++script_->opened;
    return {};
  }

  core::result<core::source_poll> poll(core::poll_budget budget) override {
    using core::source_state;
    if (script_->poll_gate)
      script_->poll_gate->pass();
    if (script_->fail_after >= 0 && polls_++ >= script_->fail_after)
      return core::error{core::errc::io, "the disk is gone"};
    if (script_->silent)
      return core::source_poll{source_state::idle, {}, std::chrono::milliseconds{1}};
    for (std::size_t i = 0; i < next_.size(); ++i) {
      turn_ = (turn_ + 1) % next_.size();
      const auto count =
          std::min({script_->batch, script_->records - next_[turn_], budget.records});
      if (count <= 0)
        continue;
      auto batch =
          core::make_ref<memory_batch>(static_cast<std::int32_t>(turn_), next_[turn_], count);
      next_[turn_] += count;
      script_->polled += count;
      ++script_->unsettled;
      return core::source_poll{source_state::ready, core::raw_batch_ptr{batch.get()}, {}};
    }
    if (script_->endless)
      return core::source_poll{source_state::idle, {}, std::chrono::milliseconds{1}};
    return core::source_poll{source_state::exhausted, {}, {}};
  }

  void settled(const core::raw_batch& batch) override {
    script_->settled_records += batch.record_count;
    --script_->unsettled;
  }

  core::result<void> close(bool drained) override {
    ++script_->closed;
    script_->closed_drained = drained;
    return {};
  }

private:
  std::shared_ptr<source_script> script_;
  core::ref_ptr<core::waker> waker_;
  std::vector<std::int64_t> next_;
  std::size_t turn_ = 0;
  std::int64_t polls_ = 0;
};

/// Columns `partition` and `offset` from the provenance of the records.
class position_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch& in, core::decoded& out) override {
    auto partition = core::make_ref<core::column>(core::data_type{core::type_id::int64});
    auto offset = core::make_ref<core::column>(core::data_type{core::type_id::int64});
    partition->resize_rows(in.record_count);
    offset->resize_rows(in.record_count);
    for (std::size_t i = 0; i < in.records().size(); ++i) {
      partition->as_mutable<std::int64_t>()[i] = in.partition;
      offset->as_mutable<std::int64_t>()[i] = in.records()[i].offset;
    }
    out.columns = {core::column_ptr{partition}, core::column_ptr{offset}};
    out.rows = in.record_count;
  }
};

inline core::schema_ptr position_schema() {
  static const auto made = std::make_shared<const core::schema>(std::vector<core::field>{
      {"partition", {core::type_id::int64}, false}, {"offset", {core::type_id::int64}, false}});
  return made;
}

} // namespace lepton::tests
