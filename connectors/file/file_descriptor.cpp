#include "connectors/file/file_descriptor.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lepton::connectors {

namespace {

core::errc kind_of(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return core::errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return core::errc::permission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return core::errc::capacity;
    default: return core::errc::io;
  }
}

const char* advice(int error) noexcept {
  switch (error) {
    case ENOENT: return "; check the path, relative paths start at the configuration file";
    case EACCES:
    case EPERM: return "; give the user that runs Lepton access to it";
    case EROFS: return "; choose a path on a disk that can be written";
    case ENOSPC:
    case EDQUOT:
      return "; make room on that disk and start again, what was not written comes again";
    case EISDIR: return "; name a file, or a pattern such as folder/*.jsonl";
    case EMFILE: return "; raise the limit of open files (ulimit -n)";
    default: return "";
  }
}

} // namespace

void file_descriptor::reset() noexcept {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
}

core::error file_error(std::string_view action, const std::string& path, int error) {
  return {kind_of(error), fmt::format("cannot {} {}: {}{}", action, path,
                                      std::generic_category().message(error), advice(error))};
}

} // namespace lepton::connectors
