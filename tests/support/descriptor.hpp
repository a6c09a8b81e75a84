#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace lepton::tests {

/// Owns a file descriptor of the operating system and closes it.
class descriptor {
public:
  /// Takes what open() and its like returned; throws std::system_error with errno if that is -1.
  descriptor(int fd, const std::string& what) : fd_{fd} {
    if (fd < 0)
      throw std::system_error(errno, std::generic_category(), what);
  }
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int get() const noexcept { return fd_; }
  void close() noexcept {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = -1;
  }

private:
  int fd_;
};

} // namespace lepton::tests
