#include "web/metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>
#include <vector>

namespace lepton::web {

namespace {

using core::metric_kind;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Buckets end at 2^k - 1 for k from `first` to `last`.
struct bucket_range {
  int first;
  int last;
  double per_unit; ///< recorded values that make one unit of the metric
};

constexpr bucket_range seconds_buckets{12, 37, 1e9}; // 4 us to 137 s
constexpr bucket_range count_buckets{0, 20, 1.0};    // 0 to about a million

ClientMetric::Histogram collapse(const core::histogram& values, const bucket_range& range) {
  ClientMetric::Histogram out;
  out.sample_sum = static_cast<double>(values.sum()) / range.per_unit;
  int fine = 0;
  for (int k = range.first; k <= range.last; ++k) {
    const std::int64_t bound = (std::int64_t{1} << k) - 1;
    for (; core::histogram::upper_bound(fine) <= bound; ++fine)
      out.sample_count += static_cast<std::uint64_t>(values.bucket(fine));
    out.bucket.push_back({out.sample_count, static_cast<double>(bound) / range.per_unit});
  }
  for (; fine < core::histogram::bucket_count; ++fine)
    out.sample_count += static_cast<std::uint64_t>(values.bucket(fine));
  return out; // the count is the sum of the buckets, also while others record
}

MetricType type_of(metric_kind kind) {
  switch (kind) {
    case metric_kind::counter: return MetricType::Counter;
    case metric_kind::gauge: return MetricType::Gauge;
    case metric_kind::histogram_count:
    case metric_kind::histogram_seconds: return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

ClientMetric sample(const core::metrics_registry::entry& entry) {
  ClientMetric out;
  for (const auto& [name, value] : entry.labels)
    out.label.push_back({name, value});
  if (entry.counts)
    out.counter.value = static_cast<double>(entry.counts->value());
  if (entry.level)
    out.gauge.value = static_cast<double>(entry.level->value());
  if (entry.values)
    out.histogram = collapse(*entry.values, info(entry.which).kind == metric_kind::histogram_seconds
                                                ? seconds_buckets
                                                : count_buckets);
  return out;
}

/// One family for each metric that has a value, in the order of the metric table.
std::vector<MetricFamily> families(const core::metrics_registry& registry) {
  std::map<core::metric, MetricFamily> found;
  for (const auto& entry : registry.snapshot()) {
    auto& family = found[entry.which];
    const auto& about = info(entry.which);
    family.name = about.name;
    family.help = about.help;
    family.type = type_of(about.kind);
    family.metric.push_back(sample(entry));
  }
  std::vector<MetricFamily> out;
  for (auto& [which, family] : found)
    out.push_back(std::move(family));
  return out;
}

MetricFamily single(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family{name, help, type, {ClientMetric{}}};
  family.metric.front().counter.value = value;
  family.metric.front().gauge.value = value;
  return family;
}

/// The names are those that Prometheus' own client libraries use.
void add_process(const process_usage& process, std::vector<MetricFamily>& out) {
  out.push_back(single("process_resident_memory_bytes", "Resident memory size in bytes.",
                       MetricType::Gauge, static_cast<double>(process.resident_bytes)));
  out.push_back(single("process_cpu_seconds_total",
                       "Total user and system CPU time spent in seconds.", MetricType::Counter,
                       process.cpu_seconds));
  out.push_back(single("process_start_time_seconds",
                       "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
                       process.start_seconds));
  auto build =
      single("lepton_build_info", "Always 1; says which build this is.", MetricType::Gauge, 1);
  build.metric.front().label.push_back({"version", LEPTON_VERSION});
  out.push_back(std::move(build));
}

} // namespace

std::string metrics_text(const core::metrics_registry& registry, const process_usage& process) {
  auto all = families(registry);
  add_process(process, all);
  return prometheus::TextSerializer{}.Serialize(all);
}

} // namespace lepton::web
