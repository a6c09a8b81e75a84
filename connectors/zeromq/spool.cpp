#include "connectors/zeromq/spool.hpp"

#include "connectors/file/file_writer.hpp"
#include "connectors/zeromq/spool_record.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <vector>

namespace lepton::connectors {

namespace {

constexpr std::string_view suffix = ".spool";

std::string segment_path(const std::string& folder, std::uint64_t first) {
  return fmt::format("{}/{:020}{}", folder, first, suffix);
}

/// Index of the first record, from the name of a segment.
std::optional<std::uint64_t> first_of(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  std::uint64_t first = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), first);
  if (failed != std::errc{} || std::string_view{end} != suffix)
    return std::nullopt;
  return first;
}

/// Appends what `path` has from `begin` on.
core::result<void> append_file(int fd, const std::string& path, std::size_t begin,
                               std::string& out) {
  struct stat about{};
  if (::fstat(fd, &about) != 0)
    return file_error("read", path, errno);
  const auto size = static_cast<std::size_t>(about.st_size);
  const auto before = out.size();
  std::size_t got = 0;
  out.resize(before + (size > begin ? size - begin : 0));
  while (before + got < out.size()) {
    const auto now = ::pread(fd, out.data() + before + got, out.size() - before - got,
                             static_cast<off_t>(begin + got));
    if (now < 0 && errno == EINTR)
      continue;
    if (now < 0)
      return file_error("read", path, errno);
    if (now == 0)
      break;
    got += static_cast<std::size_t>(now);
  }
  out.resize(before + got);
  return {};
}

core::result<void> read_file(const std::string& path, std::size_t begin, std::string& out) {
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return file_error("open", path, errno);
  return append_file(file.get(), path, begin, out);
}

} // namespace

core::result<std::unique_ptr<spool>> spool::open(spool_options options) {
  std::error_code failed;
  std::filesystem::create_directories(options.path, failed);
  if (failed)
    return file_error("make the folder", options.path, failed.value());
  ::chmod(options.path.c_str(), 0700);
  std::unique_ptr<spool> made{new spool{std::move(options)}};
  LEPTON_TRY(made->lock());
  LEPTON_TRY(made->recover());
  return made;
}

core::result<void> spool::lock() {
  const auto path = options_.path + "/lock";
  lock_ = file_descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock_)
    return file_error("open", path, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return core::error{core::errc::unavailable,
                       fmt::format("the spool {} is used by another process; give each sink a "
                                   "folder of its own",
                                   options_.path)};
  return {};
}

core::result<void> spool::recover() {
  std::vector<std::uint64_t> firsts;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{options_.path, failed})
    if (const auto first = first_of(entry.path()))
      firsts.push_back(*first);
  if (failed)
    return file_error("read the folder", options_.path, failed.value());
  std::sort(firsts.begin(), firsts.end());
  if (!firsts.empty())
    next_ = firsts.front();
  for (const auto first : firsts)
    LEPTON_TRY(recover_segment(segment_path(options_.path, first), first));
  next_read_ = segments_.empty() ? next_ : segments_.front().first;
  acknowledged_ = next_read_ - 1;
  return {};
}

core::result<void> spool::recover_segment(const std::string& path, std::uint64_t first) {
  std::string bytes;
  LEPTON_TRY(read_file(path, 0, bytes));
  spool_head head;
  segment found{first, first, static_cast<std::int64_t>(bytes.size()), options_.opener != nullptr,
                path};
  if (read_spool_head(bytes, head) && head.first == first)
    found.sealed = head.sealed;
  else
    ++lost_; // of the head only: the records speak for themselves
  if (found.sealed && !options_.opener)
    return core::error{core::errc::permission,
                       fmt::format("the spool {} is sealed; give the pipeline its keyring and the "
                                   "sink its `spool.key`",
                                   options_.path)};
  spool_scanner scanner{bytes, first};
  spool_record record;
  std::int64_t records = 0;
  while (scanner.next(record)) {
    lost_ += record.index - found.next;
    found.next = record.index + 1;
    ++records;
  }
  if (scanner.end() < bytes.size())
    ++lost_; // cut off by a crash, or damaged
  next_ = std::max(next_, found.next);
  if (records == 0) {
    ::unlink(path.c_str());
    return {};
  }
  records_ += records;
  bytes_ += found.size;
  segments_.push_back(std::move(found));
  return {};
}

core::result<bool> spool::begin_segment() {
  LEPTON_TRY(sync());
  active_.reset();
  segment begun{next_, next_, 0, options_.sealer != nullptr, segment_path(options_.path, next_)};
  active_ =
      file_descriptor{::open(begun.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!active_) {
    if (errno == ENOSPC || errno == EDQUOT)
      return false;
    return file_error("make", begun.path, errno);
  }
  segments_.push_back(begun);
  const auto written = write_active(write_spool_head({begun.first, begun.sealed}));
  if (!written)
    return written.error();
  if (!*written) {
    active_.reset();
    ::unlink(begun.path.c_str());
    segments_.pop_back();
    return false;
  }
  LEPTON_TRY(sync_folder_if_asked());
  return true;
}

core::result<void> spool::sync_folder_if_asked() {
  return options_.fsync ? sync_folder(segments_.back().path) : core::result<void>{};
}

core::result<bool> spool::write_active(std::string_view bytes) {
  auto& last = segments_.back();
  std::string_view left = bytes;
  while (!left.empty()) {
    const auto written = ::pwrite(active_.get(), left.data(), left.size(),
                                  last.size + static_cast<off_t>(bytes.size() - left.size()));
    if (written > 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int error = written == 0 ? ENOSPC : errno;
    if (error == EINTR)
      continue;
    const bool cut = left.size() == bytes.size() || ::ftruncate(active_.get(), last.size) == 0;
    if (!cut || (error != ENOSPC && error != EDQUOT))
      return file_error("write", last.path, error);
    return false;
  }
  last.size += static_cast<std::int64_t>(bytes.size());
  bytes_ += static_cast<std::int64_t>(bytes.size());
  dirty_ = true;
  return true;
}

core::result<bool> spool::append(std::string_view body) {
  if (options_.sealer) {
    sealed_.clear();
    LEPTON_TRY(options_.sealer->seal(body, {options_.topic, {}, -1}, 0, sealed_));
    body = sealed_;
  }
  const auto size = static_cast<std::int64_t>(body.size() + spool_record_head + spool_head_size);
  if (records_ != 0 && bytes_ + size > options_.max_size)
    return false;
  if (!active_ || segments_.back().size >= options_.segment_size) {
    const auto begun = begin_segment();
    if (!begun || !*begun)
      return begun;
  }
  scratch_.clear();
  write_spool_record(next_, body, scratch_);
  const auto written = write_active(scratch_);
  if (!written || !*written)
    return written;
  segments_.back().next = ++next_;
  ++records_;
  return true;
}

core::result<void> spool::sync() {
  if (dirty_ && active_ && options_.fsync && ::fdatasync(active_.get()) != 0)
    return file_error("write out", segments_.back().path, errno);
  dirty_ = false;
  return {};
}

spool::mark spool::position() const {
  return {segments_.size(), segments_.empty() ? 0 : segments_.back().size, next_};
}

core::result<void> spool::roll_back(const mark& to) {
  while (segments_.size() > to.segments) {
    active_.reset();
    bytes_ -= segments_.back().size;
    ::unlink(segments_.back().path.c_str());
    segments_.pop_back();
  }
  if (!segments_.empty() && segments_.back().size > to.size) {
    if (::truncate(segments_.back().path.c_str(), to.size) != 0)
      return file_error("cut", segments_.back().path, errno);
    bytes_ -= segments_.back().size - to.size;
    segments_.back().size = to.size;
    segments_.back().next = to.next;
  }
  records_ -= static_cast<std::int64_t>(next_ - to.next);
  next_ = to.next;
  return {};
}

core::result<void> spool::load(const segment& from) {
  if (!reading_ || reading_->first != from.first)
    reading_ = reading{from.first, {}, spool_head_size};
  return read_file(from.path, reading_->bytes.size(), reading_->bytes);
}

core::result<void> spool::open_body(const segment& from, std::string_view body, record& out) {
  if (!from.sealed) {
    out.body = body;
    return {};
  }
  const auto opened = options_.opener->open(body, {options_.topic, {}, -1},
                                            {0, static_cast<std::int64_t>(out.index)}, out.body);
  // Its checksum was right: the keys are wrong, and what they cannot open must not be deleted.
  if (!opened)
    return core::error{core::errc::permission,
                       fmt::format("the spool {} was sealed with a key that the keyring does not "
                                   "have, or for another pipeline or sink; nothing was deleted",
                                   options_.path)};
  return {};
}

core::result<std::optional<spool::record>> spool::read_from(const segment& from) {
  if (!reading_ || reading_->first != from.first ||
      static_cast<std::int64_t>(reading_->bytes.size()) < from.size)
    LEPTON_TRY(load(from));
  spool_scanner scanner{reading_->bytes, next_read_, reading_->at};
  spool_record found;
  if (!scanner.next(found)) {
    next_read_ = from.next;
    return std::optional<record>{};
  }
  record out{found.index, {}};
  LEPTON_TRY(open_body(from, found.body, out));
  reading_->at = found.end;
  next_read_ = found.index + 1;
  return std::optional{std::move(out)};
}

core::result<std::optional<spool::record>> spool::read() {
  for (const auto& each : segments_) {
    if (each.next <= next_read_)
      continue;
    next_read_ = std::max(next_read_, each.first);
    auto found = read_from(each);
    if (!found || *found)
      return found;
  }
  next_read_ = next_;
  reading_.reset();
  return std::optional<record>{};
}

core::result<void> spool::acknowledge(std::uint64_t index) {
  LEPTON_ASSERT(index < next_);
  if (index <= acknowledged_)
    return {};
  acknowledged_ = index;
  while (!segments_.empty() && segments_.front().next <= index + 1)
    LEPTON_TRY(remove_front());
  records_ = 0;
  for (const auto& each : segments_)
    records_ += static_cast<std::int64_t>(each.next - std::max(each.first, index + 1));
  return {};
}

core::result<void> spool::remove_front() {
  const auto& done = segments_.front();
  if (segments_.size() == 1)
    active_.reset();
  dirty_ = dirty_ && segments_.size() != 1;
  if (reading_ && reading_->first == done.first)
    reading_.reset();
  if (::unlink(done.path.c_str()) != 0 && errno != ENOENT)
    return file_error("delete", done.path, errno);
  bytes_ -= done.size;
  segments_.pop_front();
  return {};
}

} // namespace lepton::connectors
