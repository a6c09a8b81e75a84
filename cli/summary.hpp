#pragma once

#include "actors/runtime.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace lepton::cli {

/// What a run did so far, summed over its components.
struct run_totals {
  std::int64_t records_in = 0;
  std::int64_t records_out = 0;
  std::int64_t errors = 0;
  std::int64_t dead_lettered = 0;
  std::int64_t queued = 0;                     ///< records waiting anywhere now
  std::optional<std::int64_t> lag;             ///< over the sources that know it
  std::map<std::string, std::int64_t> dropped; ///< by cause
  std::int64_t p50_ns = 0;                     ///< of all sinks; the largest of them
  std::int64_t p99_ns = 0;
  /// Evaluation against the truth, if a sink of type evaluate ran.
  struct confusion {
    std::int64_t true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
  };
  std::map<std::string, confusion> evaluations;
};

run_totals totals(actors::runtime& running);

/// Largest resident memory of this process so far, in bytes.
std::int64_t peak_memory();

/// One line of JSON about an ended run.
std::string summary_json(const std::string& pipeline, const run_totals& totals,
                         std::chrono::duration<double> took, const actors::run_result& result);

/// The same for people.
std::string summary_text(const std::string& pipeline, const run_totals& totals,
                         std::chrono::duration<double> took, const actors::run_result& result);

} // namespace lepton::cli
