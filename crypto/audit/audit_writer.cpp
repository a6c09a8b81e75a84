#include "crypto/audit/audit_writer.hpp"

#include "crypto/token/swap_file.hpp"
#include "crypto/token/text_codec.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

utc_micros now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string random_log_id() {
  std::array<std::uint8_t, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return hex(bytes);
}

error was_cut(const std::string& path) {
  return {errc::malformed,
          fmt::format("{}: lines that were there before are gone, so nothing is added to it; "
                      "`lepton audit verify` says more",
                      path)};
}

/// Bytes [at, at + size) of a file; fewer if it ends before.
core::result<std::string> read_part(int fd, const std::string& path, std::uint64_t at,
                                    std::size_t size) {
  std::string out(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const auto count = ::pread(fd, out.data() + got, size - got, static_cast<off_t>(at + got));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return os_error("read", path, errno);
    if (count == 0)
      break;
    got += static_cast<std::size_t>(count);
  }
  out.resize(got);
  return out;
}

} // namespace

/// The lock of the log, for as long as this lives.
class audit_writer::held_lock {
public:
  explicit held_lock(int fd) noexcept : fd_{fd} {}
  held_lock(held_lock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  held_lock& operator=(held_lock&&) = delete;
  ~held_lock() {
    if (fd_ >= 0)
      ::flock(fd_, LOCK_UN);
  }

private:
  int fd_;
};

core::result<void> audit_writer::create(const std::string& folder) {
  start_sodium();
  const audit_paths paths{folder};
  const auto key = signing_key::generate();
  LEPTON_TRY(key.save(paths.signing_key()));
  LEPTON_TRY(create_file(paths.verify_keys(), to_text(key.public_half) + "\n"));
  LEPTON_TRY(create_file(paths.lock(), ""));
  return create_file(paths.log(), start_line(0, now(), {}, random_log_id()));
}

core::result<audit_writer> audit_writer::open(const std::string& folder, const limits& bounds) {
  start_sodium();
  const audit_paths paths{folder};
  auto key = signing_key::load(paths.signing_key());
  if (!key)
    return key.error();
  audit_writer out{paths, std::move(*key), bounds};
  out.lock_ = owned_fd{::open(paths.lock().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  if (!out.lock_)
    return os_error("open", paths.lock(), errno);
  const auto lock = out.take_lock();
  if (!lock)
    return lock.error();
  LEPTON_TRY(out.find_end());
  LEPTON_TRY(out.check_anchor());
  return out;
}

core::result<audit_writer::held_lock> audit_writer::take_lock() {
  const auto deadline = std::chrono::steady_clock::now() + limits_.lock_patience;
  while (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return os_error("lock", paths_.lock(), errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return error{errc::timeout,
                   fmt::format("another process has held {} for too long", paths_.lock())};
    // Often: a process that appends without a pause leaves the lock free for moments only.
    std::this_thread::sleep_for(std::chrono::microseconds{50});
  }
  return held_lock{lock_.get()};
}

/// Brings `end_` up to date with what other processes wrote. Called with the lock held.
core::result<void> audit_writer::find_end() {
  const auto path = paths_.log();
  struct stat named{};
  if (::stat(path.c_str(), &named) != 0)
    return os_error("open the audit log", path, errno);
  const bool same = file_ && end_.inode == named.st_ino && end_.device == named.st_dev;
  const auto size = static_cast<std::uint64_t>(named.st_size);
  if (same && size == end_.size)
    return {};
  if (same && size < end_.size)
    return was_cut(path);
  if (!same) {
    file_ = owned_fd{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)};
    if (!file_)
      return os_error("open the audit log", path, errno);
    const auto head = read_part(file_.get(), path, 0, max_audit_line);
    if (!head)
      return head.error();
    const auto first = parse_audit_line(head->substr(0, head->find('\n')));
    if (!first || first->what != audit_line::kind::start)
      return error{errc::malformed, fmt::format("{} does not begin as an audit log", path)};
    end_.first = first->sequence;
    end_.log = first->log;
    end_.inode = named.st_ino;
    end_.device = named.st_dev;
  }
  LEPTON_TRY(read_end(size));
  return same ? core::result<void>{} : check_anchor();
}

/// Takes the last line of a file of `size` bytes as the end of the chain. What stands behind it was
/// never acknowledged to anybody: a process died while it wrote.
core::result<void> audit_writer::read_end(std::uint64_t size) {
  const auto path = paths_.log();
  const auto from = size - std::min<std::uint64_t>(size, 2 * max_audit_line);
  const auto end = read_part(file_.get(), path, from, static_cast<std::size_t>(size - from));
  if (!end)
    return end.error();
  const auto newline = end->rfind('\n');
  if (newline == std::string::npos)
    return was_cut(path);
  const auto before = newline == 0 ? std::string::npos : end->rfind('\n', newline - 1);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  const auto line = std::string_view{*end}.substr(begin, newline - begin);
  const auto parsed = parse_audit_line(line);
  if (!parsed)
    return parsed.error().with_context(fmt::format("the last line of {}", path));
  end_.size = from + newline + 1;
  end_.head = {parsed->sequence, hash_of_line(line)};
  end_.is_signed = parsed->what == audit_line::kind::checkpoint;
  return end_.size == size ? core::result<void>{} : drop_torn_line();
}

core::result<void> audit_writer::drop_torn_line() {
  if (::ftruncate(file_.get(), static_cast<off_t>(end_.size)) != 0)
    return os_error("repair the end of", paths_.log(), errno);
  const audit_record note{"lepton", "", "audit.repair", "audit:log", "event"};
  return write_line(entry_line(end_.head.sequence + 1, now(), end_.head.hash, note), false);
}

/// A log that ends before its anchor was cut or replaced by an older one: to go on would hide that.
core::result<void> audit_writer::check_anchor() const {
  const auto path = paths_.anchor();
  const owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file)
    return errno == ENOENT ? core::result<void>{} : os_error("open", path, errno);
  auto text = read_all(file.get(), path, 256);
  if (!text)
    return text.error();
  text->erase(std::min(text->find('\n'), text->size()));
  const auto anchor = audit_head::parse(*text);
  if (!anchor)
    return anchor.error().with_context(path);
  const bool reached = anchor->sequence < end_.head.sequence || *anchor == end_.head;
  return reached ? core::result<void>{} : was_cut(paths_.log());
}

core::result<void> audit_writer::write_line(const std::string& line, bool is_checkpoint) {
  for (std::size_t done = 0; done < line.size();) {
    const auto count = ::write(file_.get(), line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      const auto failure = os_error("write to the audit log", paths_.log(), errno);
      if (::ftruncate(file_.get(), static_cast<off_t>(end_.size)) != 0)
        end_.inode = 0; // the next write looks at the file again
      return failure;
    }
    done += static_cast<std::size_t>(count);
  }
  end_.size += line.size();
  end_.head = {end_.head.sequence + 1,
               hash_of_line(std::string_view{line}.substr(0, line.size() - 1))};
  end_.is_signed = is_checkpoint;
  return {};
}

core::result<void> audit_writer::append(const audit_record& record, audit_sync sync) {
  LEPTON_TRY(append_locked(record, sync));
  // After the lock: the disk takes far longer than the rest, and would keep other writers out.
  if (sync == audit_sync::now && ::fdatasync(file_.get()) != 0)
    return os_error("write to the audit log", paths_.log(), errno);
  return {};
}

core::result<void> audit_writer::append_locked(const audit_record& record, audit_sync sync) {
  const auto lock = take_lock();
  if (!lock)
    return lock.error();
  LEPTON_TRY(find_end());
  if (sync == audit_sync::now) // an older log may have been copied over this one
    LEPTON_TRY(check_anchor());
  const auto time = now();
  auto line = entry_line(end_.head.sequence + 1, time, end_.head.hash, record);
  if (line.size() > max_audit_line)
    return error{errc::capacity, "the audit entry has more than 16 KiB"};
  LEPTON_TRY(write_line(line, false));
  // The entry stands; what fails now is tried again by the next one.
  if (end_.head.sequence % limits_.checkpoint_entries == 0)
    (void)sign_end(time);
  if (end_.size >= limits_.file_bytes)
    (void)begin_new_file(time);
  return {};
}

core::result<void> audit_writer::checkpoint() {
  const auto lock = take_lock();
  if (!lock)
    return lock.error();
  LEPTON_TRY(find_end());
  return end_.is_signed ? core::result<void>{} : sign_end(now());
}

core::result<void> audit_writer::sign_end(utc_micros time) {
  LEPTON_TRY(check_anchor());
  const auto line = checkpoint_line(end_.head.sequence + 1, time, end_.head.hash, key_);
  LEPTON_TRY(write_line(line, true));
  if (::fdatasync(file_.get()) != 0)
    return os_error("write to the audit log", paths_.log(), errno);
  return swap_file(paths_.anchor(), end_.head.text() + "\n");
}

/// The old file gets its second name before the first one goes to the new file, so that a crash in
/// between leaves a log that is whole.
core::result<void> audit_writer::begin_new_file(utc_micros time) {
  if (!end_.is_signed)
    LEPTON_TRY(sign_end(time));
  const auto archive = paths_.archive(end_.first);
  if (::link(paths_.log().c_str(), archive.c_str()) != 0 && errno != EEXIST)
    return os_error("archive the audit log as", archive, errno);
  const auto fresh = paths_.log() + ".new";
  ::unlink(fresh.c_str()); // left by a process that died here
  LEPTON_TRY(
      create_file(fresh, start_line(end_.head.sequence + 1, time, end_.head.hash, end_.log)));
  if (::rename(fresh.c_str(), paths_.log().c_str()) != 0)
    return os_error("begin a new audit log at", paths_.log(), errno);
  return {};
}

} // namespace lepton::crypto
