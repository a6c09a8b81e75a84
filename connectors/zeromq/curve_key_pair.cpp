#include "connectors/zeromq/curve_key_pair.hpp"

#include "connectors/file/file_descriptor.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <zmq.h>

namespace lepton::connectors {

namespace {

constexpr std::size_t key_text = 40;

core::result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
  const file_descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (!file)
    return file_error("make", path, errno);
  const auto line = fmt::format("{}\n", text);
  if (::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(file.get()) != 0)
    return file_error("write", path, errno);
  return {};
}

} // namespace

curve_key_pair make_curve_key_pair() {
  std::array<char, key_text + 1> open{};
  std::array<char, key_text + 1> secret{};
  const int made = zmq_curve_keypair(open.data(), secret.data());
  LEPTON_ASSERT(made == 0);
  return {open.data(), secret.data()};
}

core::result<std::string> curve_public_key(std::string_view secret_key) {
  std::array<char, key_text + 1> open{};
  if (!is_curve_key(secret_key) ||
      zmq_curve_public(open.data(), std::string{secret_key}.c_str()) != 0)
    return core::error{core::errc::invalid_argument,
                       "this is no CURVE key; `lepton curve new NAME FOLDER` makes a pair"};
  return std::string{open.data()};
}

bool is_curve_key(std::string_view text) noexcept {
  return text.size() == key_text && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c <= '~' &&
                  std::string_view{"\"',;\\_`|~"}.find(c) == std::string_view::npos;
         });
}

core::result<curve_key_files> write_curve_key_files(const std::string& name,
                                                    const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return file_error("make the folder", folder, failed.value());
  const auto pair = make_curve_key_pair();
  curve_key_files out{fmt::format("{}/{}.secret", folder, name),
                      fmt::format("{}/{}.public", folder, name), pair.public_key};
  LEPTON_TRY(write_new(out.secret_path, pair.secret_key, 0600));
  LEPTON_TRY(write_new(out.public_path, pair.public_key, 0644));
  return out;
}

core::result<std::string> read_curve_key_file(const std::string& path, bool secret) {
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return file_error("open", path, errno);
  struct stat about{};
  if (::fstat(file.get(), &about) != 0)
    return file_error("read", path, errno);
  if (secret && (about.st_mode & 077) != 0)
    return core::error{
        core::errc::permission,
        fmt::format("others than its owner may read {}; run `chmod 600 {}`", path, path)};
  std::array<char, 64> bytes{};
  const auto got = ::read(file.get(), bytes.data(), bytes.size());
  std::string_view text{bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.remove_suffix(1);
  if (!is_curve_key(text))
    return core::error{core::errc::malformed,
                       fmt::format("{} is not a file with one CURVE key", path)};
  return std::string{text};
}

} // namespace lepton::connectors
