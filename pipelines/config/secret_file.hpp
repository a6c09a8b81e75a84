#pragma once

#include "core/result.hpp"

#include <string>

namespace lepton::pipelines {

/// The content of a file that holds one secret, without the newline at its end. A relative path
/// starts at `directory`. Only regular files of at most 64 KiB are read.
core::result<std::string> read_secret_file(const std::string& path, const std::string& directory);

} // namespace lepton::pipelines
