// Prints the JSON Schema of the golden catalog, for check_json_schema.py.
#include "pipelines/config/json_schema.hpp"
#include "tests/golden/golden_catalog.hpp"

#include <cstdio>

int main() {
  std::puts(lepton::pipelines::json_schema(lepton::tests::golden_catalog()).c_str());
  return 0;
}
