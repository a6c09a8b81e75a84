#pragma once

#include "connectors/file/file_descriptor.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// Appends to one file. A write that fails leaves the file as it was before, as far as the disk
/// lets it, so that no half record stands there.
class file_writer {
public:
  /// Makes the file and the folders above it if they are not there. A line that a crash cut off is
  /// ended, so that the next record does not become a part of it.
  core::result<void> open(const std::string& path);
  core::result<void> write(std::string_view bytes);
  core::result<void> sync();
  void close() { file_.reset(); }

  bool is_open() const noexcept { return static_cast<bool>(file_); }
  std::int64_t size() const noexcept { return size_; }
  const std::string& path() const noexcept { return path_; }

private:
  core::result<void> end_last_line();

  std::string path_;
  file_descriptor file_;
  std::int64_t size_ = 0;
};

/// Makes a change of names in the folder of `path` survive a power cut.
core::result<void> sync_folder(const std::string& path);

} // namespace lepton::connectors
