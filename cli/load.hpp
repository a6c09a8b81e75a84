#pragma once

#include "pipelines/checked_pipeline.hpp"

#include <optional>
#include <string>

namespace lepton::cli {

/// How a file is given and how findings are shown; common to all commands that take a file.
struct file_options {
  std::string path;
  bool json = false;
  bool deny_warnings = false; ///< warnings count as errors
};

/// What came of reading the user's file.
struct loaded_file {
  std::optional<pipelines::checked_pipeline> pipeline; ///< empty if there were errors
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::string findings; ///< as text, or (json) as a JSON array
};

/// Reads and checks the file. Prints nothing.
loaded_file read_pipeline(const file_options& options);

/// `read_pipeline`, with the findings printed: text to standard error, JSON to standard output if
/// there are errors.
std::optional<pipelines::checked_pipeline> load_pipeline(const file_options& options);

} // namespace lepton::cli
