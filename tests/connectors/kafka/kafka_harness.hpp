#pragma once

#include "connectors/kafka/kafka_sink_spec.hpp"
#include "connectors/kafka/kafka_source_spec.hpp"
#include "core/catalog.hpp"
#include "core/metrics.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lepton::tests {

/// Fields of a component by name, as text; lists with commas. Everything else has its default,
/// which is what the check of a file would make of it.
using test_fields = std::map<std::string, std::string>;
core::config config_of(const core::component_spec& spec, const test_fields& given,
                       const std::map<std::string, std::string>& librdkafka_options = {});

/// Wakes a thread that waits for a connector.
class waiting_waker final : public core::waker {
public:
  void wake() noexcept override {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    changed_.notify_all();
  }
  /// True if there was a wake since the last call.
  bool wait(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    const bool woken = changed_.wait_for(lock, limit, [this] { return woken_; });
    woken_ = false;
    return woken;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

/// A record as a source handed it out.
struct read_record {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::string value;
  std::int64_t timestamp_ms = 0;
};

/// One lane with an owner that does what a source actor does. For one thread.
class lane {
public:
  explicit lane(const test_fields& fields, bool exit_at_end = false,
                const std::map<std::string, std::string>& librdkafka_options = {});

  core::result<void> open();
  /// Polls until `enough` or nothing will follow or `limit` is over. Settles what it reads at once
  /// unless `hold` is set. Fails the test on an error of the source.
  void run(std::chrono::milliseconds limit, const std::function<bool()>& enough = {});
  /// As `run`, but takes no records: as without credit.
  void idle(std::chrono::milliseconds limit, const std::function<bool()>& enough = {});
  void settle(const core::raw_batch_ptr& batch) { source->settled(*batch); }
  void close(bool drained = true);

  core::metrics_registry metrics;
  core::ref_ptr<waiting_waker> waker = core::make_ref<waiting_waker>();
  std::unique_ptr<core::source> source;
  core::poll_budget budget{1024, 1 << 20};
  bool hold = false; ///< keeps batches in `held` instead of settling them
  std::vector<core::raw_batch_ptr> held;
  std::vector<read_record> records;
  std::int64_t batches = 0;
  bool exhausted = false;
  std::string error;

private:
  bool poll_all(const std::function<bool()>& enough);
  void take(core::raw_batch_ptr batch);
};

/// A sink with an owner that does what a sink actor does. For one thread.
class sink_owner {
public:
  explicit sink_owner(const test_fields& fields,
                      const std::map<std::string, std::string>& librdkafka_options = {});

  core::result<void> open();
  void write(const std::vector<std::pair<std::string, std::string>>& keys_and_values,
             const std::vector<std::pair<std::string, std::string>>& headers = {});
  /// Polls until all writes ended; false if `limit` is over.
  bool wait(std::chrono::milliseconds limit);

  core::metrics_registry metrics;
  core::ref_ptr<waiting_waker> waker = core::make_ref<waiting_waker>();
  std::unique_ptr<core::sink> sink;
  std::vector<core::sink_completion> ended;
  std::size_t written = 0;
  std::string error;
};

core::encoded_batch_ptr
encode(const std::vector<std::pair<std::string, std::string>>& records,
       const std::vector<std::pair<std::string, std::string>>& headers = {});

} // namespace lepton::tests
