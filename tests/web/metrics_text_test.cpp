#include "web/metrics_text.hpp"

#include "tests/web/exposition.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lepton::web {
namespace {

using core::metric;
using tests::parse_exposition;

core::metric_labels component(const char* name) {
  return {{"component", name}};
}

TEST(metrics_text, groups_components_into_one_family) {
  core::metrics_registry registry;
  registry.counter(metric::records_in, component("tx")).add(3);
  registry.gauge(metric::queue_records, component("tx")).set(-2);
  registry.counter(metric::records_in, component("score")).add(1LL << 40);
  const auto text = metrics_text(registry, {});
  EXPECT_EQ(text.find("# TYPE lepton_records_in_total"),
            text.rfind("# TYPE lepton_records_in_total"));
  const auto page = parse_exposition(text);
  EXPECT_EQ(page.types.at("lepton_records_in_total"), "counter");
  EXPECT_EQ(page.types.at("lepton_queue_records"), "gauge");
  EXPECT_EQ(page.help.at("lepton_records_in_total"), "Records that entered the component.");
  EXPECT_EQ(page.value("lepton_records_in_total", "component", "tx"), 3);
  EXPECT_EQ(page.value("lepton_records_in_total", "component", "score"), 1LL << 40);
  EXPECT_EQ(page.value("lepton_queue_records", "component", "tx"), -2);
}

TEST(metrics_text, escapes_label_values) {
  core::metrics_registry registry;
  const std::string odd = "a\"b\\c\nd{e}=, µ";
  registry.counter(metric::records_dropped, {{"component", odd}, {"cause", "filtered"}}).add();
  const auto page = parse_exposition(metrics_text(registry, {}));
  EXPECT_EQ(page.value("lepton_records_dropped_total", "component", odd), 1);
}

TEST(metrics_text, histogram_of_counts_has_exact_cumulative_buckets) {
  core::metrics_registry registry;
  auto& rows = registry.histogram(metric::batch_rows, component("score"));
  for (const std::int64_t value : {0, 1, 3, 4, 7, 8, 1000, 1024, 5'000'000})
    rows.record(value);
  const auto page = parse_exposition(metrics_text(registry, {}));
  const auto buckets = page.of("lepton_batch_rows_bucket");
  EXPECT_GE(buckets.size(), 20u);
  EXPECT_LE(buckets.size(), 30u);
  const auto at = [&](const char* le) { return page.value("lepton_batch_rows_bucket", "le", le); };
  EXPECT_EQ(at("0"), 1);
  EXPECT_EQ(at("3"), 3);
  EXPECT_EQ(at("7"), 5);
  EXPECT_EQ(at("15"), 6);
  EXPECT_EQ(at("1023"), 7);
  EXPECT_EQ(at("2047"), 8);
  EXPECT_EQ(at("+Inf"), 9);
  EXPECT_EQ(page.value("lepton_batch_rows_count"), 9);
  EXPECT_EQ(page.value("lepton_batch_rows_sum"), 5'002'047);
}

TEST(metrics_text, histogram_of_seconds_converts_nanoseconds) {
  core::metrics_registry registry;
  auto& latency = registry.histogram(metric::latency_seconds, component("out"));
  latency.record(1'000'000, 3);    // 1 ms
  latency.record(2'000'000'000);   // 2 s
  latency.record(500'000'000'000); // 500 s: above the last bound
  const auto page = parse_exposition(metrics_text(registry, {}));
  const auto buckets = page.of("lepton_latency_seconds_bucket");
  EXPECT_GE(buckets.size(), 20u);
  EXPECT_LE(buckets.size(), 30u);
  double last_bound = 0;
  double last_count = 0;
  for (const auto& bucket : buckets) {
    const double bound = std::strtod(bucket.labels.at("le").c_str(), nullptr);
    EXPECT_GT(bound, last_bound);
    EXPECT_GE(bucket.value, last_count);
    last_bound = bound;
    last_count = bucket.value;
    EXPECT_EQ(bucket.value, (bound > 0.001 ? 3 : 0) + (bound > 2 ? 1 : 0) + (bound > 500 ? 1 : 0));
  }
  EXPECT_TRUE(std::isinf(last_bound));
  EXPECT_EQ(page.value("lepton_latency_seconds_count"), 5);
  EXPECT_DOUBLE_EQ(page.value("lepton_latency_seconds_sum"), 502.003);
}

TEST(metrics_text, tells_about_process_and_build) {
  const auto page = parse_exposition(metrics_text({}, {64 << 20, 1.5, 1.7e9}));
  EXPECT_EQ(page.value("process_resident_memory_bytes"), 64 << 20);
  EXPECT_EQ(page.value("process_cpu_seconds_total"), 1.5);
  EXPECT_EQ(page.value("process_start_time_seconds"), 1.7e9);
  EXPECT_EQ(page.types.at("process_cpu_seconds_total"), "counter");
  const auto build = page.of("lepton_build_info");
  ASSERT_EQ(build.size(), 1u);
  EXPECT_EQ(build.front().value, 1);
  EXPECT_TRUE(std::regex_match(build.front().labels.at("version"), std::regex{R"(\d+\.\d+\.\d+)"}));
}

TEST(process_usage, is_plausible) {
  const auto now = static_cast<double>(std::time(nullptr));
  const auto usage = read_process_usage();
  EXPECT_GT(usage.resident_bytes, 1 << 20);
  EXPECT_LT(usage.resident_bytes, std::int64_t{1} << 36);
  EXPECT_GE(usage.cpu_seconds, 0);
  EXPECT_LE(usage.start_seconds, now + 2); // /proc counts in ticks from a rounded boot time
  EXPECT_GT(usage.start_seconds, now - 3600);
}

} // namespace
} // namespace lepton::web
