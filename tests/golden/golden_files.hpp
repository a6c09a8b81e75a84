#pragma once

#include "core/diagnostics.hpp"
#include "pipelines/config/load.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lepton::tests {

/// The files of tests/golden/`folder` whose name ends in `.yaml`, sorted.
std::vector<std::filesystem::path> golden_inputs(const std::string& folder);

/// A golden input, checked with the golden catalog and a fixed environment.
struct golden_check {
  pipelines::loaded_file file;
  core::diagnostics findings;
  std::string rendered; ///< the findings as a user sees them
};

golden_check check_golden(const std::filesystem::path& input);

/// Expects that the file beside `input` with another `extension` holds `text`. With
/// LEPTON_UPDATE_GOLDEN=1 it is written instead.
void expect_golden(const std::filesystem::path& input, const std::string& extension,
                   const std::string& text);

} // namespace lepton::tests
