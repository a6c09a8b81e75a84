#include "cli/summary.hpp"

#include "core/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <set>

namespace lepton::cli {

namespace {

using core::metric;

std::string label(const core::metrics_registry::entry& entry, std::string_view name) {
  for (const auto& [key, value] : entry.labels)
    if (key == name)
      return value;
  return {};
}

void add_evaluation(run_totals& out, const core::metrics_registry::entry& entry) {
  auto& one = out.evaluations[label(entry, "component")];
  const auto outcome = label(entry, "outcome");
  const auto count = entry.counts->value();
  if (outcome == "true_positive")
    one.true_positive += count;
  else if (outcome == "false_positive")
    one.false_positive += count;
  else if (outcome == "true_negative")
    one.true_negative += count;
  else
    one.false_negative += count;
}

void add_counter(run_totals& out, const core::metrics_registry::entry& entry) {
  const auto kind = label(entry, "kind");
  const auto count = entry.counts->value();
  if (entry.which == metric::records_in && kind == "source")
    out.records_in += count;
  else if (entry.which == metric::records_out && kind == "sink")
    out.records_out += count;
  else if (entry.which == metric::errors)
    out.errors += count;
  else if (entry.which == metric::dead_lettered)
    out.dead_lettered += count;
  else if (entry.which == metric::records_dropped && count != 0)
    out.dropped[label(entry, "cause")] += count;
  else if (entry.which == metric::evaluated)
    add_evaluation(out, entry);
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

double precision(const run_totals::confusion& c) {
  return share(c.true_positive, c.true_positive + c.false_positive);
}

double recall(const run_totals::confusion& c) {
  return share(c.true_positive, c.true_positive + c.false_negative);
}

double ms(std::int64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

double per_second(std::int64_t records, std::chrono::duration<double> took) {
  return took.count() > 0 ? static_cast<double>(records) / took.count() : 0.0;
}

} // namespace

run_totals totals(actors::runtime& running) {
  run_totals out;
  for (const auto& entry : running.metrics().snapshot()) {
    if (entry.counts)
      add_counter(out, entry);
    else if (entry.level && entry.which == metric::queue_records)
      out.queued += entry.level->value();
    else if (entry.values && entry.which == metric::latency_seconds) {
      out.p50_ns = std::max(out.p50_ns, entry.values->quantile(0.50));
      out.p99_ns = std::max(out.p99_ns, entry.values->quantile(0.99));
    }
  }
  for (const auto& connector : running.connectors())
    if (connector.lag)
      out.lag = out.lag.value_or(0) + *connector.lag;
  return out;
}

std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

std::string summary_json(const std::string& pipeline, const run_totals& totals,
                         std::chrono::duration<double> took, const actors::run_result& result) {
  nlohmann::ordered_json out{
      {"pipeline", pipeline},
      {"records_in", totals.records_in},
      {"records_out", totals.records_out},
      {"errors", totals.errors},
      {"dead_lettered", totals.dead_lettered},
      {"dropped", totals.dropped},
      {"seconds", took.count()},
      {"records_per_second", per_second(totals.records_in, took)},
      {"latency_ms", {{"p50", ms(totals.p50_ns)}, {"p99", ms(totals.p99_ns)}}},
      {"peak_rss_bytes", peak_memory()},
      {"drained", result.drained},
  };
  for (const auto& [name, c] : totals.evaluations)
    out["evaluations"][name] = {
        {"true_positive", c.true_positive}, {"false_positive", c.false_positive},
        {"true_negative", c.true_negative}, {"false_negative", c.false_negative},
        {"precision", precision(c)},        {"recall", recall(c)}};
  if (!result.error.empty())
    out["error"] = result.error;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string summary_text(const std::string& pipeline, const run_totals& totals,
                         std::chrono::duration<double> took, const actors::run_result& result) {
  auto out = fmt::format("{}: {} records in, {} out, in {:.2f} s ({:.0f} records/s)\n"
                         "  latency p50 {:.2f} ms, p99 {:.2f} ms; peak memory {}\n",
                         pipeline, totals.records_in, totals.records_out, took.count(),
                         per_second(totals.records_in, took), ms(totals.p50_ns), ms(totals.p99_ns),
                         core::format_size(peak_memory()));
  if (totals.errors != 0)
    out += fmt::format("  {} record{} failed, {} of them dead-lettered\n", totals.errors,
                       totals.errors == 1 ? "" : "s", totals.dead_lettered);
  for (const auto& [cause, count] : totals.dropped)
    out += fmt::format("  {} records left out: {}\n", count, cause);
  for (const auto& [name, c] : totals.evaluations)
    out += fmt::format("  {}: precision {:.4f}, recall {:.4f} (of {} true, found {}; {} false "
                       "alarms)\n",
                       name, precision(c), recall(c), c.true_positive + c.false_negative,
                       c.true_positive, c.false_positive);
  if (!result.error.empty())
    out += fmt::format("  ended by: {}\n", result.error);
  return out;
}

} // namespace lepton::cli
