#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace lepton::core {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "lepton: internal error: %s does not hold (%s:%d). Please report this.\n",
               condition, file, line);
  std::abort();
}

} // namespace lepton::core
