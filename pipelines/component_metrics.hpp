#pragma once

#include "core/metrics.hpp"

#include <string>

namespace lepton::pipelines {

/// The metrics that every component has. Cheap to copy; the registry owns the values.
struct component_metrics {
  component_metrics(core::metrics_registry& registry, const std::string& component,
                    const char* kind);

  core::counter& records_in;
  core::counter& records_out;
  core::counter& bytes_in;
  core::counter& bytes_out;
  core::counter& errors;
  core::counter& dead_lettered;
  core::histogram& process_seconds;
  core::histogram& batch_rows;
};

/// Counts rows left out on purpose.
core::counter& dropped_counter(core::metrics_registry& registry, const std::string& component,
                               const char* cause);

} // namespace lepton::pipelines
