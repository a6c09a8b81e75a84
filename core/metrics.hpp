#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lepton::core {

/// Only goes up. Thread-safe; a relaxed add.
class counter {
public:
  void add(std::int64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::int64_t> value_{0};
};

/// Goes up and down. Thread-safe.
class gauge {
public:
  void set(std::int64_t v) noexcept { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::int64_t> value_{0};
};

/// Counts of values in buckets whose width is at most 1/8 of the value (4 buckets below 4, then 8
/// per power of two). Thread-safe; values below 0 count as 0.
class histogram {
public:
  static constexpr int bucket_count = 4 + 61 * 8;

  void record(std::int64_t value, std::int64_t times = 1) noexcept;
  std::int64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  std::int64_t sum() const noexcept { return sum_.load(std::memory_order_relaxed); }
  std::int64_t bucket(int i) const noexcept {
    return buckets_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
  }
  /// Largest value that falls into bucket `i`.
  static std::int64_t upper_bound(int i) noexcept;
  /// The value below which the share `q` (0..1) of the recorded values lies, to a bucket's width
  /// (at most 12.5 % too high); 0 if there are none.
  std::int64_t quantile(double q) const noexcept;

private:
  std::array<std::atomic<std::int64_t>, bucket_count> buckets_{};
  std::atomic<std::int64_t> count_{0};
  std::atomic<std::int64_t> sum_{0};
};

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// A metric family: its name, what it says, and its kind. The whole table is in metrics.cpp and is
/// what docs/reference/metrics.md is made from.
enum class metric : std::uint8_t {
  records_in,
  records_out,
  bytes_in,
  bytes_out,
  errors,
  records_dropped,
  dead_lettered,
  queue_records,
  queue_bytes,
  credit_records,
  credit_bytes,
  in_flight_batches,
  batch_rows,
  process_seconds,
  latency_seconds,
  kafka_lag,
  kafka_retries,
  envelopes_sealed,
  envelopes_opened,
  envelopes_refused,
  keyring_version,
  keyring_healthy,
  secrets_locked,
  restarts,
  evaluated,
  duplicates_removed,
  unchecked_records,
  missing_messages,
  spool_batches,
  spool_bytes,
  count_
};

enum class metric_kind { counter, gauge, histogram_count, histogram_seconds };

struct metric_info {
  const char* name; ///< Prometheus name, e.g. "lepton_records_in_total"
  metric_kind kind;
  const char* help;
};

const metric_info& info(metric which) noexcept;

/// All metrics of one pipeline. Asking twice for the same (metric, labels) gives the same object;
/// references stay valid as long as the registry. Thread-safe. `histogram_seconds` metrics record
/// nanoseconds.
class metrics_registry {
public:
  core::counter& counter(metric which, metric_labels labels);
  core::gauge& gauge(metric which, metric_labels labels);
  core::histogram& histogram(metric which, metric_labels labels);

  struct entry {
    metric which;
    metric_labels labels;
    core::counter* counts = nullptr; ///< exactly one of the three is set
    core::gauge* level = nullptr;
    core::histogram* values = nullptr;
  };
  /// Every metric in the order of creation. The pointers stay valid.
  std::vector<entry> snapshot() const;

private:
  entry* find(metric which, const metric_labels& labels);

  mutable std::mutex mutex_;
  std::deque<core::counter> counters_;
  std::deque<core::gauge> gauges_;
  std::deque<core::histogram> histograms_;
  std::vector<entry> entries_;
};

} // namespace lepton::core
