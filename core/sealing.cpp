#include "core/sealing.hpp"

namespace lepton::core {

const char* name(refusal cause) noexcept {
  switch (cause) {
    case refusal::none: return "none";
    case refusal::no_envelope: return "no_envelope";
    case refusal::too_large: return "too_large";
    case refusal::unknown_key: return "unknown_key";
    case refusal::wrong_key: return "wrong_key";
    case refusal::authentication: return "authentication";
    case refusal::replayed: return "replayed";
  }
  return "";
}

} // namespace lepton::core
