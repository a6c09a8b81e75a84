#include "crypto/token/swap_file.hpp"

#include "crypto/keyring/safe_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace lepton::crypto {

core::result<void> swap_file(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  ::unlink(fresh.c_str()); // left by a writer that was killed before its rename
  LEPTON_TRY(create_file(fresh, bytes));
  struct stat before{};
  if (::stat(path.c_str(), &before) == 0) {
    // What root changes stays the service's, and as readable as it was.
    if (before.st_uid != ::geteuid() && ::chown(fresh.c_str(), before.st_uid, before.st_gid) != 0)
      return os_error("give to its owner", fresh, errno);
    if (::chmod(fresh.c_str(), before.st_mode & 0777) != 0)
      return os_error("set the mode of", fresh, errno);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return os_error("replace", path, errno);
  return {};
}

} // namespace lepton::crypto
