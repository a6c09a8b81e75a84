#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace lepton::connectors {

/// Owns a file descriptor of the operating system and closes it.
class file_descriptor {
public:
  file_descriptor() = default;
  explicit file_descriptor(int fd) noexcept : fd_{fd} {}
  file_descriptor(file_descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

private:
  int fd_ = -1;
};

/// What `errno` says about `path`, with what to do about it: "cannot write x: no space left ...".
core::error file_error(std::string_view action, const std::string& path, int error);

} // namespace lepton::connectors
