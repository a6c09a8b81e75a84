#pragma once

#include "core/metrics.hpp"
#include "web/process_usage.hpp"

#include <string>

namespace lepton::web {

/// All metrics in Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats"), with those
/// of the process and of the build. Histograms have about 20 to 30 buckets whose bounds lie just
/// below powers of two, which is where the bounds of core::histogram lie: counts are exact.
std::string metrics_text(const core::metrics_registry& registry, const process_usage& process);

} // namespace lepton::web
