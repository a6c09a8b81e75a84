#include "core/metrics.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lepton::core {

namespace {

constexpr std::array<metric_info, static_cast<std::size_t>(metric::count_)> table{{
    {"lepton_records_in_total", metric_kind::counter, "Records that entered the component."},
    {"lepton_records_out_total", metric_kind::counter, "Records that left the component."},
    {"lepton_bytes_in_total", metric_kind::counter, "Payload bytes that entered the component."},
    {"lepton_bytes_out_total", metric_kind::counter, "Payload bytes that left the component."},
    {"lepton_errors_total", metric_kind::counter,
     "Records that could not be decoded, evaluated, scored, encoded or written."},
    {"lepton_records_dropped_total", metric_kind::counter,
     "Records left out on purpose, by label cause."},
    {"lepton_dead_lettered_total", metric_kind::counter,
     "Records that went to the component's error output."},
    {"lepton_queue_records", metric_kind::gauge, "Records waiting in front of the component."},
    {"lepton_queue_bytes", metric_kind::gauge, "Bytes waiting in front of the component."},
    {"lepton_credit_records", metric_kind::gauge,
     "Records that the component may still send downstream."},
    {"lepton_credit_bytes", metric_kind::gauge,
     "Bytes that the component may still send downstream."},
    {"lepton_in_flight_batches", metric_kind::gauge,
     "Batches handed out by the source and not yet settled."},
    {"lepton_batch_rows", metric_kind::histogram_count, "Rows in each batch or model call."},
    {"lepton_process_seconds", metric_kind::histogram_seconds,
     "Time that the component worked on one batch or model call."},
    {"lepton_latency_seconds", metric_kind::histogram_seconds,
     "Time from the hand-over by the source to the settled write, per record."},
    {"lepton_kafka_lag", metric_kind::gauge,
     "Records between the committed offset and the end of the partition."},
    {"lepton_kafka_retries_total", metric_kind::counter, "Kafka requests that were tried again."},
    {"lepton_envelopes_sealed_total", metric_kind::counter,
     "Payloads or batches that a sink sealed."},
    {"lepton_envelopes_opened_total", metric_kind::counter,
     "Payloads or batches that a source opened."},
    {"lepton_envelopes_refused_total", metric_kind::counter,
     "Payloads or batches that did not open, by label cause."},
    {"lepton_keyring_version", metric_kind::gauge, "Version of the keyring file that is in use."},
    {"lepton_keyring_healthy", metric_kind::gauge,
     "1, or 0 while the keyring file cannot be used and the last good keys are."},
    {"lepton_secrets_locked", metric_kind::gauge,
     "1 if the memory of keys is locked, 0 if it may be swapped out."},
    {"lepton_restarts_total", metric_kind::counter, "Restarts of the component after a failure."},
    {"lepton_evaluated_total", metric_kind::counter,
     "Records compared with their known label, by label outcome."},
    {"lepton_duplicates_removed_total", metric_kind::counter,
     "Records that a ZeroMQ source left out because they had come before."},
    {"lepton_unchecked_records_total", metric_kind::counter,
     "Records older than what a ZeroMQ source remembers: delivered, though they may be repeats."},
    {"lepton_missing_messages_total", metric_kind::counter,
     "Messages that a ZeroMQ sender numbered and that never came."},
    {"lepton_spool_batches", metric_kind::gauge,
     "Batches on disk that the other side has not acknowledged."},
    {"lepton_spool_bytes", metric_kind::gauge, "Bytes of the spool on disk."},
}};

int bucket_of(std::int64_t value) noexcept {
  if (value < 4)
    return static_cast<int>(std::max<std::int64_t>(value, 0));
  const int log2 = 63 - std::countl_zero(static_cast<std::uint64_t>(value));
  const int eighth = log2 >= 3 ? static_cast<int>((value >> (log2 - 3)) & 7)
                               : static_cast<int>((value << (3 - log2)) & 7);
  return 4 + (log2 - 2) * 8 + eighth;
}

} // namespace

const metric_info& info(metric which) noexcept {
  return table[static_cast<std::size_t>(which)];
}

void histogram::record(std::int64_t value, std::int64_t times) noexcept {
  buckets_[static_cast<std::size_t>(bucket_of(value))].fetch_add(times, std::memory_order_relaxed);
  count_.fetch_add(times, std::memory_order_relaxed);
  sum_.fetch_add(std::max<std::int64_t>(value, 0) * times, std::memory_order_relaxed);
}

std::int64_t histogram::upper_bound(int i) noexcept {
  if (i < 4)
    return i;
  const int log2 = 2 + (i - 4) / 8;
  const std::int64_t eighth = (i - 4) % 8;
  const double width = std::ldexp(1.0, log2 - 3);
  const double bound = std::ldexp(1.0, log2) + width * static_cast<double>(eighth + 1);
  return bound >= 9.2e18 ? INT64_MAX : static_cast<std::int64_t>(std::ceil(bound)) - 1;
}

std::int64_t histogram::quantile(double q) const noexcept {
  const auto total = count();
  if (total == 0)
    return 0;
  const auto wanted = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(total))));
  std::int64_t seen = 0;
  for (int i = 0; i < bucket_count; ++i) {
    seen += bucket(i);
    if (seen >= wanted)
      return upper_bound(i);
  }
  return upper_bound(bucket_count - 1);
}

counter& metrics_registry::counter(metric which, metric_labels labels) {
  LEPTON_ASSERT(info(which).kind == metric_kind::counter);
  const std::lock_guard lock{mutex_};
  if (auto* found = find(which, labels))
    return *found->counts;
  counters_.emplace_back();
  entries_.push_back({which, std::move(labels), &counters_.back(), nullptr, nullptr});
  return counters_.back();
}

gauge& metrics_registry::gauge(metric which, metric_labels labels) {
  LEPTON_ASSERT(info(which).kind == metric_kind::gauge);
  const std::lock_guard lock{mutex_};
  if (auto* found = find(which, labels))
    return *found->level;
  gauges_.emplace_back();
  entries_.push_back({which, std::move(labels), nullptr, &gauges_.back(), nullptr});
  return gauges_.back();
}

histogram& metrics_registry::histogram(metric which, metric_labels labels) {
  const auto kind = info(which).kind;
  LEPTON_ASSERT(kind == metric_kind::histogram_count || kind == metric_kind::histogram_seconds);
  const std::lock_guard lock{mutex_};
  if (auto* found = find(which, labels))
    return *found->values;
  histograms_.emplace_back();
  entries_.push_back({which, std::move(labels), nullptr, nullptr, &histograms_.back()});
  return histograms_.back();
}

std::vector<metrics_registry::entry> metrics_registry::snapshot() const {
  const std::lock_guard lock{mutex_};
  return entries_;
}

metrics_registry::entry* metrics_registry::find(metric which, const metric_labels& labels) {
  for (auto& entry : entries_)
    if (entry.which == which && entry.labels == labels)
      return &entry;
  return nullptr;
}

} // namespace lepton::core
