#pragma once

#include "tests/support/process.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace lepton::tests {

/// The `lepton` binary of this build, which lies beside the test binary.
std::filesystem::path lepton_binary();

/// How to run it; the working folder is the root of the repository, as for the tests themselves.
process_options lepton(std::vector<std::string> arguments,
                       std::vector<std::pair<std::string, std::string>> environment = {});

/// Runs it to its end; throws std::runtime_error if that takes longer than `limit`.
finished_process run_lepton(std::vector<std::string> arguments,
                            std::vector<std::pair<std::string, std::string>> environment = {},
                            std::chrono::milliseconds limit = std::chrono::seconds{120});

/// The summary that `lepton run --exit-at-end` or `--json` printed: the last line of its standard
/// output. Throws nlohmann's exception if that is no JSON.
nlohmann::json summary_of(const std::string& standard_output);

} // namespace lepton::tests
