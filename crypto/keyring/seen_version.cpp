#include "crypto/keyring/seen_version.hpp"

#include "crypto/keyring/key_state.hpp"
#include "crypto/keyring/safe_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr std::string_view first_words = "lepton-keyring-seen 1 ";
constexpr std::size_t max_size = 256;

struct seen {
  key_id id{};
  std::uint64_t version = 0;
};

std::string to_text(const seen& what) {
  // Of fixed length, so that it can be written over the old one.
  return fmt::format("{}{} {:020}\n", first_words, to_hex(what.id), what.version);
}

std::optional<seen> from_text(std::string_view text) {
  constexpr std::size_t hex_size = 32;
  if (!text.starts_with(first_words) || text.size() != first_words.size() + hex_size + 22)
    return std::nullopt;
  text.remove_prefix(first_words.size());
  const auto id = key_id_from_hex(text.substr(0, hex_size));
  seen out;
  const char* end = text.data() + text.size() - 1;
  const auto parsed = std::from_chars(text.data() + hex_size + 1, end, out.version);
  if (!id || parsed.ec != std::errc{} || parsed.ptr != end)
    return std::nullopt;
  out.id = *id;
  return out;
}

error rolled_back(const std::string& path, std::uint64_t version, std::uint64_t highest) {
  return {errc::permission,
          fmt::format("this is version {}, but version {} was seen before: an older file was put "
                      "in its place, and it may hold keys that were disabled or destroyed since; "
                      "restore version {} or later (if the older file is meant, delete {})",
                      version, highest, highest, path)};
}

} // namespace

core::result<void> remember_version(const std::string& keyring_path, const key_id& id,
                                    std::uint64_t version) {
  const auto path = keyring_path + ".seen";
  owned_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  const bool writable = static_cast<bool>(file);
  if (!writable && (errno == EACCES || errno == EROFS || errno == EPERM))
    file = owned_fd{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file && (errno == ENOENT || errno == EACCES))
    return {};
  if (!file)
    return os_error("open", path, errno);
  if (writable)
    LEPTON_TRY(lock_exclusively(file.get(), path));
  const auto text = read_all(file.get(), path, max_size);
  if (!text)
    return text.error();
  if (text->empty())
    give_to_owner_of(keyring_path, file.get());
  const auto before = from_text(*text);
  if (!text->empty() && !before)
    return error{
        errc::malformed,
        fmt::format("{} is damaged; if the keyring is known to be the newest, delete it", path)};
  const bool same_keyring = before && before->id == id;
  if (same_keyring && version < before->version)
    return rolled_back(path, version, before->version);
  if (!writable || (same_keyring && version == before->version))
    return {};
  LEPTON_TRY(write_at(file.get(), to_text({id, version}), 0, path));
  if (::fdatasync(file.get()) != 0)
    return os_error("write", path, errno);
  return {};
}

} // namespace lepton::crypto
