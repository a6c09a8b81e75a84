#include "connectors/file/file_path.hpp"

#include <glob.h>

#include <filesystem>

namespace lepton::connectors {

std::string path_from(std::string_view directory, const std::string& path) {
  const std::filesystem::path given{path};
  if (given.is_absolute() || directory.empty())
    return path;
  return (std::filesystem::path{directory} / given).lexically_normal().string();
}

bool is_pattern(std::string_view path) noexcept {
  return path.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> matching_files(const std::string& pattern) {
  if (!is_pattern(pattern))
    return {pattern};
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_MARK, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i)
      if (std::string path{found.gl_pathv[i]}; !path.ends_with('/')) // folders are marked with it
        files.push_back(std::move(path));
  ::globfree(&found);
  return files;
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path{path}.parent_path().string();
  return folder.empty() ? "." : folder;
}

} // namespace lepton::connectors
