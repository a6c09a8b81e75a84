#include "connectors/file/file_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace lepton::connectors {

file_tail::file_tail(std::string path, std::int32_t partition, const tail_options& options)
    : path_{std::make_shared<const std::string>(std::move(path))}, partition_{partition},
      options_{options} {}

core::result<void> file_tail::open(bool at_end) {
  file_ = file_descriptor{::open(path_->c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file_ && errno == ENOENT && options_.follow)
    return {};
  struct stat found{};
  if (!file_ || ::fstat(file_.get(), &found) != 0)
    return file_error("open", *path_, errno);
  if (S_ISDIR(found.st_mode))
    return file_error("read", *path_, EISDIR);
  inode_ = found.st_ino;
  device_ = found.st_dev;
  const auto offset = at_end ? ::lseek(file_.get(), 0, SEEK_END) : 0;
  if (offset < 0)
    return file_error("seek in", *path_, errno);
  reader_.emplace(file_.get(), path_, options_.lines, offset);
  if (offset != 0)
    read_first_line();
  return {};
}

void file_tail::read_first_line() {
  std::string head(65536, '\0');
  const auto got = ::pread(file_.get(), head.data(), head.size(), 0);
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  head.resize(std::min(head.find('\n'), head.size()));
  if (head.ends_with('\r'))
    head.pop_back();
  reader_->set_first_line(std::make_shared<const std::string>(std::move(head)));
}

core::ref_ptr<line_batch> file_tail::stamped(core::ref_ptr<line_batch> batch) const {
  batch->partition = partition_;
  return batch;
}

core::result<core::ref_ptr<line_batch>> file_tail::next(core::poll_budget budget) {
  if (!file_ && !done_)
    LEPTON_TRY(open(false));
  while (file_ && !done_) {
    auto batch = reader_->next(budget);
    if (!batch)
      return batch.error();
    if (*batch)
      return stamped(std::move(*batch));
    auto more = at_end();
    if (!more)
      return more.error();
    if (last_line_)
      return stamped(std::exchange(last_line_, nullptr));
    if (!*more)
      break;
  }
  return core::ref_ptr<line_batch>{};
}

/// What to do at the end of the file; true if there may be more to read.
core::result<bool> file_tail::at_end() {
  if (!options_.follow) {
    last_line_ = reader_->rest();
    done_ = true;
    file_.reset();
    return false;
  }
  if (is_cut_off())
    return begin_again();
  if (!is_replaced()) {
    looked_again_ = false;
    return false;
  }
  if (!std::exchange(looked_again_, true))
    return true;
  looked_again_ = false;
  last_line_ = reader_->rest();
  LEPTON_TRY(open(false));
  return static_cast<bool>(file_);
}

core::result<bool> file_tail::begin_again() {
  if (::lseek(file_.get(), 0, SEEK_SET) < 0)
    return file_error("seek in", *path_, errno);
  reader_->restart();
  return true;
}

bool file_tail::is_cut_off() const {
  struct stat now{};
  return ::fstat(file_.get(), &now) == 0 && S_ISREG(now.st_mode) &&
         now.st_size < reader_->read_offset();
}

bool file_tail::is_replaced() const {
  struct stat now{};
  return ::stat(path_->c_str(), &now) == 0 && (now.st_ino != inode_ || now.st_dev != device_);
}

} // namespace lepton::connectors
