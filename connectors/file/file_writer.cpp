#include "connectors/file/file_writer.hpp"

#include "connectors/file/file_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace lepton::connectors {

core::result<void> file_writer::open(const std::string& path) {
  path_ = path;
  std::error_code failed;
  std::filesystem::create_directories(folder_of(path), failed);
  if (failed)
    return file_error("make the folder", folder_of(path), failed.value());
  file_ = file_descriptor{::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644)};
  struct stat found{};
  if (!file_ || ::fstat(file_.get(), &found) != 0)
    return file_error("open", path, errno);
  size_ = found.st_size;
  return S_ISREG(found.st_mode) && size_ != 0 ? end_last_line() : core::result<void>{};
}

core::result<void> file_writer::end_last_line() {
  char last = '\n';
  if (::pread(file_.get(), &last, 1, size_ - 1) == 1 && last != '\n')
    return write("\n");
  return {};
}

core::result<void> file_writer::write(std::string_view bytes) {
  const auto before = size_;
  while (!bytes.empty()) {
    const auto done = ::write(file_.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      const int error = errno;
      // Nothing more can be done if this fails too; the error below is reported anyway.
      [[maybe_unused]] const int restored = ::ftruncate(file_.get(), before);
      size_ = before;
      return file_error("write", path_, error);
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
    size_ += done;
  }
  return {};
}

core::result<void> file_writer::sync() {
  if (::fdatasync(file_.get()) != 0 && errno != EINVAL) // EINVAL: a pipe or device
    return file_error("write", path_, errno);
  return {};
}

core::result<void> sync_folder(const std::string& path) {
  const auto folder = folder_of(path);
  const file_descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened || ::fsync(opened.get()) != 0)
    return file_error("write the folder", folder, errno);
  return {};
}

} // namespace lepton::connectors
