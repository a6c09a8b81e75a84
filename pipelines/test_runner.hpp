#pragma once

#include "core/source_span.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <string>
#include <vector>

namespace lepton::pipelines {

/// What came of one entry of `tests:`.
struct test_outcome {
  std::string name;
  bool passed = false;
  std::string message;    ///< every expectation that failed, one a line; empty if it passed
  core::source_span span; ///< of the first expectation that failed, else of the test
};

/// Runs the tests of a pipeline's file without its connectors, each from a fresh start: the rows go
/// through the decoders of their sources and through every segment of the plan, in one thread. Rows
/// for a JSON source become JSON records, so `path`, `required` and `default` are tested too; rows
/// for other sources are taken as columns. Sinks encode but do not write, and a throttle does not
/// wait. A stream `<component>.errors` that a test names gets the failed rows whatever `on_error`
/// says.
std::vector<test_outcome> run_tests(const checked_pipeline& pipeline);

} // namespace lepton::pipelines
