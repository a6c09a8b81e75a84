#pragma once

#include "core/result.hpp"
#include "crypto/secret.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

struct stat;

namespace lepton::crypto {

/// Owns a file descriptor and closes it.
class owned_fd {
public:
  owned_fd() = default;
  explicit owned_fd(int fd) noexcept : fd_{fd} {}
  owned_fd(owned_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd();
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// "cannot WHAT PATH: reason" with the code that fits `error` (errno).
core::error os_error(std::string_view what, const std::string& path, int error);

/// Whose file it must be, and who may read it.
enum class file_rule {
  owner_only,   ///< mode 0400 or 0600 (no bit for others), owned by the caller or root
  not_by_others ///< no bit for others than owner and group; systemd's credentials
};

/// Opens a regular file for reading that is no symbolic link and obeys `rule`. Fails with
/// not_found, permission or invalid_argument, and says which rule and the command that mends it.
core::result<owned_fd> open_guarded(const std::string& path, file_rule rule, const char* what);

/// Up to `limit` bytes of an open file into locked memory; capacity if it has more.
core::result<secret> read_secret(int fd, const std::string& path, std::size_t limit);

/// All of an open file; capacity above `limit`.
core::result<std::string> read_all(int fd, const std::string& path, std::size_t limit);

/// Root, who makes a file beside somebody's keyring, leaves it to them. Best effort.
void give_to_owner_of(const std::string& keyring_path, int fd) noexcept;

/// Exclusive advisory lock on a file beside the one it stands for, released by the destructor or
/// with the process.
class file_lock {
public:
  /// Locks PATH.lock for the keyring PATH. Waits up to 30 s for whoever holds it; then fails with
  /// timeout.
  static core::result<file_lock> take(const std::string& keyring_path);

private:
  explicit file_lock(owned_fd fd) : fd_{std::move(fd)} {}
  owned_fd fd_;
};

/// Locks an open file the same way.
core::result<void> lock_exclusively(int fd, const std::string& path);

/// Writes all of `bytes` at `offset`.
core::result<void> write_at(int fd, std::string_view bytes, std::size_t offset,
                            const std::string& path);

/// Puts `bytes` in the place of `path` in one step that survives a power failure: a file PATH.new
/// with mode 0600 and the owner of the old one, fsync, rename, fsync of the folder. The old bytes
/// are then overwritten on the disk as far as the file system does that. Call with the file's lock
/// held.
core::result<void> replace_file(const std::string& path, std::string_view bytes);

/// Makes `path` new with mode 0600 and these bytes, on the disk; fails if it exists.
core::result<void> create_file(const std::string& path, std::string_view bytes);

} // namespace lepton::crypto
