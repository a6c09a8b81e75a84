#pragma once

#include "core/catalog.hpp"
#include "core/diagnostics.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/environment.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lepton::pipelines {

/// Checks the text of a configuration file and binds its components. All findings go to `findings`,
/// sorted by place, without values of variables and secrets; nothing is returned if one is an
/// error. Relative paths in the file start at the folder of `file_name`. Makes no connection and
/// starts no thread; binding may read files (models, schemas, secrets).
std::optional<checked_pipeline> check(std::string_view text, std::string_view file_name,
                                      const core::catalog& catalog, core::diagnostics& findings,
                                      const environment& variables = process_environment());

/// A configuration file from disk. `text` is for excerpts in diagnostics: secrets that stand in it
/// are starred out.
struct loaded_file {
  std::string text;
  std::optional<checked_pipeline> pipeline;
};

/// Reads and checks a file. A file that cannot be read is a finding without a place.
loaded_file load_file(const std::string& path, const core::catalog& catalog,
                      core::diagnostics& findings,
                      const environment& variables = process_environment());

} // namespace lepton::pipelines
