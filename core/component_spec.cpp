#include "core/component_spec.hpp"

namespace lepton::core {

const char* name(component_kind kind) noexcept {
  switch (kind) {
    case component_kind::source: return "source";
    case component_kind::transform: return "transform";
    case component_kind::sink: return "sink";
    case component_kind::format: return "format";
  }
  return "unknown";
}

} // namespace lepton::core
