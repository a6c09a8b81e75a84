#include "tests/golden/golden_catalog.hpp"

#include "cli/components.hpp"

namespace lepton::tests {

const core::catalog& golden_catalog() {
  return cli::components();
}

} // namespace lepton::tests
