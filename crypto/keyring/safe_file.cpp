#include "crypto/keyring/safe_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr auto lock_patience = std::chrono::seconds{30};

core::result<void> check_rule(const struct stat& found, file_rule rule, const std::string& path,
                              const char* what) {
  const auto mode = found.st_mode & 07777;
  if (rule == file_rule::not_by_others) {
    if ((mode & 07) == 0)
      return {};
    return error{errc::permission,
                 fmt::format("{} {} can be read by every user (mode {:04o})", what, path, mode)};
  }
  if ((mode & 077) != 0)
    return error{errc::permission,
                 fmt::format("{} {} is open to other users (mode {:04o}); run `chmod 600 {}`, and "
                             "consider it known to them",
                             what, path, mode, path)};
  const auto self = ::geteuid();
  if (self != 0 && found.st_uid != self && found.st_uid != 0)
    return error{errc::permission,
                 fmt::format("{} {} belongs to another user ({}), who could change it", what, path,
                             found.st_uid)};
  return {};
}

core::result<void> sync_folder_of(const std::string& path) {
  const auto parent = std::filesystem::path{path}.parent_path();
  const auto folder = parent.empty() ? std::filesystem::path{"."} : parent;
  const owned_fd opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened || ::fsync(opened.get()) != 0)
    return os_error("write the folder", folder.string(), errno);
  return {};
}

/// Best effort: a file system that copies on write keeps the old blocks all the same.
void overwrite(int fd) noexcept {
  struct stat found{};
  if (::fstat(fd, &found) != 0)
    return;
  const std::string zeros(65536, '\0');
  for (off_t at = 0; at < found.st_size; at += static_cast<off_t>(zeros.size())) {
    const auto left = static_cast<std::size_t>(found.st_size - at);
    if (::pwrite(fd, zeros.data(), std::min(left, zeros.size()), at) < 0)
      return;
  }
  ::fdatasync(fd);
}

void overwrite_and_unlink(const std::string& path) noexcept {
  const owned_fd old{::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (old)
    overwrite(old.get());
  ::unlink(path.c_str());
}

core::result<owned_fd> create_private(const std::string& path) {
  owned_fd made{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!made)
    return os_error("create", path, errno);
  return made;
}

core::result<void> write_and_sync(int fd, std::string_view bytes, const std::string& path) {
  LEPTON_TRY(write_at(fd, bytes, 0, path));
  if (::fsync(fd) != 0)
    return os_error("write", path, errno);
  return {};
}

} // namespace

owned_fd::~owned_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

core::error os_error(std::string_view what, const std::string& path, int error) {
  const auto code = error == ENOENT                      ? errc::not_found
                    : error == EACCES || error == EPERM  ? errc::permission
                    : error == ENOSPC || error == EDQUOT ? errc::capacity
                                                         : errc::io;
  return {code, fmt::format("cannot {} {}: {}", what, path, std::strerror(error))};
}

core::result<owned_fd> open_guarded(const std::string& path, file_rule rule, const char* what) {
  // Not blocking: a FIFO in the place of the file would hold the caller for ever.
  owned_fd file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file && errno == ELOOP)
    return error{errc::permission,
                 fmt::format("{} {} is a symbolic link, which could be turned elsewhere; name the "
                             "file itself",
                             what, path)};
  if (!file)
    return os_error(fmt::format("open {}", what), path, errno);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0)
    return os_error("read", path, errno);
  if (!S_ISREG(found.st_mode))
    return error{errc::invalid_argument, fmt::format("{} {} is not a file", what, path)};
  LEPTON_TRY(check_rule(found, rule, path, what));
  return file;
}

core::result<secret> read_secret(int fd, const std::string& path, std::size_t limit) {
  secret all{limit + 1};
  std::size_t size = 0;
  while (size <= limit) {
    const auto got = ::read(fd, all.data() + size, all.size() - size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return os_error("read", path, errno);
    if (got == 0)
      break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit)
    return error{errc::capacity, fmt::format("{} holds more than {} bytes", path, limit)};
  return size == 0 ? secret{} : secret::of(all.bytes().first(size));
}

core::result<std::string> read_all(int fd, const std::string& path, std::size_t limit) {
  struct stat found{};
  if (::fstat(fd, &found) != 0)
    return os_error("read", path, errno);
  if (static_cast<std::size_t>(found.st_size) > limit)
    return error{errc::capacity,
                 fmt::format("{} has {} bytes, more than {}", path, found.st_size, limit)};
  std::string out(static_cast<std::size_t>(found.st_size), '\0');
  std::size_t size = 0;
  while (size < out.size()) {
    const auto got = ::pread(fd, out.data() + size, out.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return os_error("read", path, errno);
    if (got == 0)
      break;
    size += static_cast<std::size_t>(got);
  }
  out.resize(size);
  return out;
}

core::result<void> lock_exclusively(int fd, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + lock_patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return os_error("lock", path, errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return error{errc::timeout, fmt::format("another process has held the lock {} for {} s", path,
                                              lock_patience.count())};
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return {};
}

void give_to_owner_of(const std::string& keyring_path, int fd) noexcept {
  struct stat found{};
  if (::geteuid() == 0 && ::stat(keyring_path.c_str(), &found) == 0 && found.st_uid != 0) {
    [[maybe_unused]] const int given = ::fchown(fd, found.st_uid, found.st_gid);
  }
}

core::result<file_lock> file_lock::take(const std::string& keyring_path) {
  const auto path = keyring_path + ".lock";
  owned_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file)
    return os_error("open the lock", path, errno);
  give_to_owner_of(keyring_path, file.get());
  LEPTON_TRY(lock_exclusively(file.get(), path));
  return file_lock{std::move(file)};
}

core::result<void> write_at(int fd, std::string_view bytes, std::size_t offset,
                            const std::string& path) {
  while (!bytes.empty()) {
    const auto done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return os_error("write", path, done == 0 ? EIO : errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::size_t>(done);
  }
  return {};
}

core::result<void> replace_file(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  // What a writer left that was killed before its rename.
  overwrite_and_unlink(fresh);
  const owned_fd old{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC)};
  if (!old)
    return os_error("open", path, errno);
  auto made = create_private(fresh);
  if (!made)
    return made.error();
  struct stat before{};
  if (::fstat(old.get(), &before) == 0 && before.st_uid != ::geteuid())
    // A service's keyring that root changes stays the service's.
    if (::fchown(made->get(), before.st_uid, before.st_gid) != 0)
      return os_error("give to its owner", fresh, errno);
  LEPTON_TRY(write_and_sync(made->get(), bytes, fresh));
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return os_error("replace", path, errno);
  LEPTON_TRY(sync_folder_of(path));
  overwrite(old.get());
  return {};
}

core::result<void> create_file(const std::string& path, std::string_view bytes) {
  auto made = create_private(path);
  if (!made)
    return made.error();
  LEPTON_TRY(write_and_sync(made->get(), bytes, path));
  return sync_folder_of(path);
}

} // namespace lepton::crypto
