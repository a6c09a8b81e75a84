#include "pipelines/config/secret_file.hpp"

#include "pipelines/config/limits.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lepton::pipelines {

core::result<std::string> read_secret_file(const std::string& path, const std::string& directory) {
  const auto where = std::filesystem::path{directory} / path;
  std::error_code failure;
  const auto kind = std::filesystem::status(where, failure).type();
  if (kind == std::filesystem::file_type::not_found)
    return core::error{core::errc::not_found, fmt::format("there is no file {}", where.string())};
  if (kind != std::filesystem::file_type::regular)
    return core::error{core::errc::invalid_argument,
                       fmt::format("{} is not a file", where.string())};
  if (std::filesystem::file_size(where, failure) > max_secret_bytes || failure)
    return core::error{core::errc::capacity,
                       fmt::format("{} has more than {} bytes", where.string(), max_secret_bytes)};
  std::ifstream in{where, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in.is_open() || in.bad())
    return core::error{core::errc::io, fmt::format("{} cannot be opened", where.string())};
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  return text;
}

} // namespace lepton::pipelines
