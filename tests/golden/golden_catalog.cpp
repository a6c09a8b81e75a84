#include "tests/golden/golden_catalog.hpp"

#include "tests/pipelines/config/test_catalog.hpp"

namespace lepton::tests {

const core::catalog& golden_catalog() {
  return test_catalog();
}

} // namespace lepton::tests
