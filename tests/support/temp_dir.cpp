#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace lepton::tests {

namespace fs = std::filesystem;

temp_dir::temp_dir(std::string_view purpose) {
  std::string name = fs::temp_directory_path() / fmt::format("lepton-{}-XXXXXX", purpose);
  if (!mkdtemp(name.data()))
    throw std::system_error(errno, std::generic_category(), "cannot make " + name);
  path_ = name;
}

temp_dir::~temp_dir() {
  remove();
}

temp_dir::temp_dir(temp_dir&& other) noexcept : path_{std::exchange(other.path_, {})} {}

temp_dir& temp_dir::operator=(temp_dir&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

fs::path temp_dir::write(std::string_view name, std::string_view text) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream file{path, std::ios::binary};
  file << text;
  if (!file.flush())
    throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
  return path;
}

void temp_dir::remove() noexcept {
  std::error_code ignored;
  if (!path_.empty())
    fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace lepton::tests
