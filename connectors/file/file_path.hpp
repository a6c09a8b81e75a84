#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// `path` as seen from `directory`, unless it is absolute.
std::string path_from(std::string_view directory, const std::string& path);

/// True if the path has characters of a pattern: * ? [
bool is_pattern(std::string_view path) noexcept;

/// The files that match a pattern, sorted. A path without a pattern is taken as it is, without a
/// look whether it is there.
std::vector<std::string> matching_files(const std::string& pattern);

/// The folder that a file of this path lies in.
std::string folder_of(const std::string& path);

} // namespace lepton::connectors
