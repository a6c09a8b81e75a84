#include "kernels/model_file.hpp"

#include "kernels/cpu/recognise.hpp"
#include "kernels/trees/lightgbm_text.hpp"
#include "kernels/trees/onnx_trees.hpp"
#include "kernels/trees/xgboost_dump.hpp"

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

/// No ONNX file starts like one of the others: '{' and 't' would be fields with a wire type that it
/// has not.
file_format format_of(std::string_view file) {
  if (file.starts_with("tree\n") || file.starts_with("tree\r\n"))
    return file_format::lightgbm_text;
  if (!file.starts_with('{'))
    return file_format::onnx;
  const bool has_binary_key = file.size() > 1 && std::strchr("iUIlL", file[1]) != nullptr;
  return has_binary_key ? file_format::xgboost_ubj : file_format::xgboost_json;
}

} // namespace

core::result<model_file> model_file::read(const std::filesystem::path& path) {
  auto bytes = bytes_of(path);
  if (!bytes)
    return bytes.error();
  model_file to;
  to.version_ = fmt::format("{}@{:012x}", path.filename().string(), hash_of(*bytes) >> 16);
  LEPTON_TRY(to.understand(std::move(*bytes)));
  return to;
}

core::result<void> model_file::understand(std::vector<std::uint8_t> bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  format_ = format_of(text);
  if (format_ == file_format::onnx)
    return understand_onnx(std::move(bytes));
  auto read = format_ == file_format::xgboost_json  ? trees::read_xgboost_json(text)
              : format_ == file_format::xgboost_ubj ? trees::read_xgboost_ubj(text)
                                                    : trees::read_lightgbm_text(text);
  if (!read)
    return read.error();
  trees_ = std::move(*read);
  return {};
}

core::result<void> model_file::understand_onnx(std::vector<std::uint8_t> bytes) {
  auto parsed = onnx::read_model(std::move(bytes));
  if (!parsed)
    return parsed.error();
  onnx_ = std::move(*parsed);
  if (trees::has_trees(onnx_)) {
    auto read = trees::read_onnx_trees(onnx_);
    if (read)
      trees_ = std::move(*read);
    else if (read.error().code() == core::errc::unsupported)
      why_not_native_ = read.error().message();
    else
      return read.error();
    return {};
  }
  auto network = cpu::recognise(onnx_);
  if (network)
    network_ = std::move(*network);
  else
    why_not_native_ = network.error().message();
  return {};
}

} // namespace lepton::kernels
