#include "kernels/model_file.hpp"

#include "kernels/cpu/recognise.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

namespace lepton::kernels {

namespace {

/// A file descriptor that closes itself.
class open_file {
public:
  // Not blocking, because a FIFO would wait for a writer before it can be refused.
  explicit open_file(const std::filesystem::path& path)
      : descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  ~open_file() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  int descriptor() const noexcept { return descriptor_; }

private:
  int descriptor_;
};

core::error system_error(const char* what) {
  const int number = errno;
  const auto code = number == ENOENT   ? core::errc::not_found
                    : number == EACCES ? core::errc::permission
                                       : core::errc::io;
  return {code, fmt::format("{}: {}", what, std::strerror(number))};
}

core::result<std::int64_t> size_of(const open_file& file) {
  if (file.descriptor() < 0)
    return system_error("cannot open it");
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0)
    return system_error("cannot look at it");
  if (!S_ISREG(status.st_mode))
    return core::error{core::errc::invalid_argument, "it is not a regular file"};
  if (status.st_size > onnx::max_file_bytes)
    return core::error{core::errc::capacity, fmt::format("it has {} bytes; at most {} are read",
                                                         status.st_size, onnx::max_file_bytes)};
  return static_cast<std::int64_t>(status.st_size);
}

/// Exactly the size that the file had when it was opened.
core::result<std::vector<std::uint8_t>> bytes_of(const std::filesystem::path& path) {
  const open_file file{path};
  const auto size = size_of(file);
  if (!size)
    return size.error();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(*size));
  for (std::size_t at = 0; at < bytes.size();) {
    const auto count = ::read(file.descriptor(), bytes.data() + at, bytes.size() - at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return system_error("cannot read it");
    if (count == 0)
      return core::error{core::errc::io, "it became shorter while it was read"};
    at += static_cast<std::size_t>(count);
  }
  return bytes;
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t hash_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto byte : bytes)
    hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

} // namespace

core::result<model_file> model_file::read(const std::filesystem::path& path) {
  auto bytes = bytes_of(path);
  if (!bytes)
    return bytes.error();
  model_file to;
  to.version_ = fmt::format("{}@{:012x}", path.filename().string(), hash_of(*bytes) >> 16);
  auto parsed = onnx::read_model(std::move(*bytes));
  if (!parsed)
    return parsed.error();
  to.onnx_ = std::move(*parsed);
  auto network = cpu::recognise(to.onnx_);
  if (network)
    to.network_ = std::move(*network);
  else
    to.why_not_native_ = network.error().message();
  return to;
}

} // namespace lepton::kernels
