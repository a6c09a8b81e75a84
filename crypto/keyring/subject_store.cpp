#include "crypto/keyring/subject_store.hpp"

#include "crypto/keyring/little_endian.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr std::string_view magic = "LPTNSUBJ";
constexpr std::uint16_t format = 1;
constexpr std::size_t destructions_at = 32;
constexpr std::size_t state_at = 16;
constexpr std::size_t wrapped_at = 32;
constexpr std::size_t chunk_records = 8192;

std::string encode(const subject_record& record) {
  byte_writer out;
  out.raw(record.tag.bytes);
  out.u8(static_cast<std::uint8_t>(record.state));
  out.raw(std::string_view{"\0\0\0\0\0\0\0", 7});
  out.u64(static_cast<std::uint64_t>(record.created_ms));
  out.raw(record.wrapped);
  return out.take();
}

subject_record decode(std::string_view bytes) {
  byte_reader in{bytes};
  subject_record out;
  in.raw(out.tag.bytes);
  // Anything but a live one is dead: a damaged state must not bring a key back.
  out.state = in.u8() == static_cast<std::uint8_t>(subject_state::live) ? subject_state::live
                                                                        : subject_state::destroyed;
  in.skip(7);
  out.created_ms = static_cast<std::int64_t>(in.u64());
  in.raw(out.wrapped);
  return out;
}

/// Exactly `size` bytes at `offset`; false if there are not as many.
bool read_at(int fd, void* out, std::size_t size, std::size_t offset) {
  auto* at = static_cast<char*>(out);
  while (size != 0) {
    const auto got = ::pread(fd, at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    at += got;
    offset += static_cast<std::size_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

} // namespace

core::result<subject_store> subject_store::open(std::string path, const key_id& keyring) {
  subject_store out{std::move(path), keyring};
  LEPTON_TRY(out.open_file(false));
  LEPTON_TRY(out.refresh());
  return out;
}

core::result<void> subject_store::open_file(bool create) {
  if (file_)
    return {};
  const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  owned_fd file{::open(path_.c_str(), create ? flags | O_CREAT : flags, 0600)};
  if (!file && errno == ENOENT && !create)
    return {};
  if (!file && (errno == EACCES || errno == EROFS) && !create)
    file = owned_fd{::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file)
    return os_error("open the subject store", path_, errno);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0)
    return os_error("read", path_, errno);
  if (!S_ISREG(found.st_mode) || (found.st_mode & 077) != 0)
    return error{errc::permission,
                 fmt::format("the subject store {} is open to other users or no file; run `chmod "
                             "600 {}`",
                             path_, path_)};
  if (create && found.st_size == 0)
    give_to_owner_of(path_.substr(0, path_.rfind('.')), file.get());
  file_ = std::move(file);
  return {};
}

core::result<void> subject_store::check_header() const {
  std::string header(header_size, '\0');
  if (!read_at(file_.get(), header.data(), header.size(), 0) || !header.starts_with(magic))
    return error{errc::malformed, fmt::format("{} is no subject store", path_)};
  byte_reader in{std::string_view{header}.substr(magic.size())};
  if (in.u16() != format || in.u16() != record_size)
    return error{
        errc::unsupported,
        fmt::format("the subject store {} has a format that this build does not know", path_)};
  in.skip(4);
  key_id keyring;
  in.raw(keyring);
  if (keyring != keyring_)
    return error{errc::malformed,
                 fmt::format("the subject store {} belongs to another keyring", path_)};
  return {};
}

core::result<void> subject_store::refresh() {
  LEPTON_TRY(open_file(false));
  struct stat found{};
  if (!file_)
    return {};
  if (::fstat(file_.get(), &found) != 0)
    return os_error("read", path_, errno);
  const auto size = static_cast<std::size_t>(found.st_size);
  if (size < header_size)
    return {};
  if (records_ == 0)
    LEPTON_TRY(check_header());
  const auto count = static_cast<std::uint32_t>((size - header_size) / record_size);
  index_.reserve(count);
  std::string chunk;
  while (records_ < count) {
    const auto n = std::min<std::size_t>(count - records_, chunk_records);
    chunk.resize(n * record_size);
    if (!read_at(file_.get(), chunk.data(), chunk.size(), offset_of(records_)))
      return os_error("read", path_, EIO);
    for (std::size_t i = 0; i < n; ++i, ++records_) {
      subject_tag tag;
      std::memcpy(tag.bytes.data(), chunk.data() + i * record_size, tag.bytes.size());
      index_.try_emplace(tag, records_);
    }
  }
  return {};
}

std::uint64_t subject_store::destructions() const {
  std::string word(8, '\0');
  if (!file_ || !read_at(file_.get(), word.data(), word.size(), destructions_at))
    return 0;
  return byte_reader{word}.u64();
}

core::result<std::optional<subject_record>> subject_store::read(const subject_tag& tag) const {
  const auto found = index_.find(tag);
  if (found == index_.end())
    return std::optional<subject_record>{};
  std::string bytes(record_size, '\0');
  if (!read_at(file_.get(), bytes.data(), bytes.size(), offset_of(found->second)))
    return os_error("read", path_, EIO);
  return std::optional{decode(bytes)};
}

class subject_store::hold {
public:
  explicit hold(subject_store& store) : store_{store} {}
  ~hold() { store_.unlock(); }
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;

private:
  subject_store& store_;
};

core::result<void> subject_store::lock() {
  LEPTON_TRY(open_file(true));
  LEPTON_TRY(lock_exclusively(file_.get(), path_));
  struct stat ours{}, named{};
  if (::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
    return {};
  unlock();
  return error{errc::io, fmt::format("the subject store {} was deleted or replaced while it was in "
                                     "use; put it back, and restart what uses it",
                                     path_)};
}

void subject_store::unlock() noexcept {
  ::flock(file_.get(), LOCK_UN);
}

core::result<void> subject_store::append(std::span<const subject_record> records) {
  LEPTON_TRY(lock());
  const hold released{*this};
  LEPTON_TRY(refresh());
  std::vector<subject_record> fresh;
  for (const auto& record : records)
    if (!knows(record.tag))
      fresh.push_back(record);
  return fresh.empty() ? core::result<void>{} : write_records(fresh);
}

core::result<void> subject_store::write_records(std::span<const subject_record> records) {
  if (records_ == 0) {
    byte_writer header;
    header.raw(magic);
    header.u16(format);
    header.u16(record_size);
    header.u32(0);
    header.raw(keyring_);
    header.raw(std::string(header_size - 32, '\0'));
    // Never over a header that counts destructions.
    if (!check_header())
      LEPTON_TRY(write_at(file_.get(), header.text(), 0, path_));
  }
  std::string bytes;
  for (const auto& record : records)
    bytes += encode(record);
  // Over the torn record, if any, of a writer that was killed.
  LEPTON_TRY(write_at(file_.get(), bytes, offset_of(records_), path_));
  if (::fdatasync(file_.get()) != 0)
    return os_error("write", path_, errno);
  for (const auto& record : records)
    index_.try_emplace(record.tag, records_++);
  return {};
}

core::result<bool> subject_store::destroy(const subject_tag& tag) {
  LEPTON_TRY(open_file(false));
  if (!file_)
    return false;
  LEPTON_TRY(lock());
  const hold released{*this};
  LEPTON_TRY(refresh());
  return destroy_locked(tag);
}

core::result<bool> subject_store::destroy_locked(const subject_tag& tag) {
  const auto record = read(tag);
  if (!record)
    return record.error();
  if (!*record || (*record)->state == subject_state::destroyed)
    return false;
  const auto at = offset_of(index_.at(tag));
  const std::string gone(record_size - wrapped_at, '\0');
  LEPTON_TRY(write_at(file_.get(), gone, at + wrapped_at, path_));
  LEPTON_TRY(write_at(file_.get(), std::string(1, '\2'), at + state_at, path_));
  if (::fdatasync(file_.get()) != 0)
    return os_error("write", path_, errno);
  // Last: who sees the new number must not find the key any more.
  byte_writer word;
  word.u64(destructions() + 1);
  LEPTON_TRY(write_at(file_.get(), word.text(), destructions_at, path_));
  if (::fdatasync(file_.get()) != 0)
    return os_error("write", path_, errno);
  return true;
}

} // namespace lepton::crypto
