#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lepton::tests {

/// A folder of its own for one test, removed with all that is in it when this object goes away.
/// A process that is killed leaves it behind.
class temp_dir {
public:
  /// Made under the system's folder for temporary files; `purpose` becomes part of its name.
  explicit temp_dir(std::string_view purpose = "test");
  ~temp_dir();
  temp_dir(temp_dir&& other) noexcept;
  temp_dir& operator=(temp_dir&& other) noexcept;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file below this folder, with the folders above it, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

private:
  void remove() noexcept;

  std::filesystem::path path_;
};

/// The bytes of a file, or an empty string if there is none.
std::string read_file(const std::filesystem::path& path);

} // namespace lepton::tests
