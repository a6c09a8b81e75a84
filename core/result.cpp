#include "core/result.hpp"

namespace lepton::core {

const char* name(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::not_found: return "not_found";
    case errc::io: return "io";
    case errc::malformed: return "malformed";
    case errc::unsupported: return "unsupported";
    case errc::unavailable: return "unavailable";
    case errc::timeout: return "timeout";
    case errc::capacity: return "capacity";
    case errc::permission: return "permission";
    case errc::crashed: return "crashed";
    case errc::cancelled: return "cancelled";
  }
  return "unknown";
}

} // namespace lepton::core
