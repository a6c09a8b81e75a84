#include "pipelines/component_metrics.hpp"

namespace lepton::pipelines {

namespace {

core::metric_labels labels(const std::string& component, const char* kind) {
  return {{"component", component}, {"kind", kind}};
}

} // namespace

component_metrics::component_metrics(core::metrics_registry& registry, const std::string& component,
                                     const char* kind)
    : records_in{registry.counter(core::metric::records_in, labels(component, kind))},
      records_out{registry.counter(core::metric::records_out, labels(component, kind))},
      bytes_in{registry.counter(core::metric::bytes_in, labels(component, kind))},
      bytes_out{registry.counter(core::metric::bytes_out, labels(component, kind))},
      errors{registry.counter(core::metric::errors, labels(component, kind))},
      dead_lettered{registry.counter(core::metric::dead_lettered, labels(component, kind))},
      process_seconds{registry.histogram(core::metric::process_seconds, labels(component, kind))},
      batch_rows{registry.histogram(core::metric::batch_rows, labels(component, kind))} {}

core::counter& dropped_counter(core::metrics_registry& registry, const std::string& component,
                               const char* cause) {
  return registry.counter(core::metric::records_dropped,
                          {{"component", component}, {"cause", cause}});
}

} // namespace lepton::pipelines
