#include "connectors/lines/line_reader.hpp"

#include "core/units.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lepton::connectors {

namespace {

constexpr std::size_t block_size = 1 << 20;
constexpr std::size_t smallest_read = 64 << 10;
constexpr std::size_t kept_of_long_lines = 4096;

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

} // namespace

line_reader::line_reader(int fd, std::shared_ptr<const std::string> name,
                         const line_options& options, std::int64_t offset)
    : fd_{fd}, name_{std::move(name)}, options_{options}, begin_offset_{offset} {}

void line_reader::restart() {
  begin_ = end_ = scanned_ = 0;
  begin_offset_ = 0;
  in_quotes_ = skipping_ = at_end_ = false;
  first_line_.reset();
  block_.reset();
  capacity_ = 0;
}

core::result<core::ref_ptr<line_batch>> line_reader::next(core::poll_budget budget) {
  auto batch = buffered(budget);
  while (!batch) {
    auto more = fill();
    if (!more)
      return more.error();
    if (!*more)
      break;
    batch = buffered(budget);
  }
  return batch;
}

core::result<core::ref_ptr<line_batch>> line_reader::read_once(core::poll_budget budget) {
  if (auto more = fill(); !more)
    return more.error();
  return buffered(budget);
}

core::ref_ptr<line_batch> line_reader::buffered(core::poll_budget budget) {
  if (skipping_ && !skip_rest_of_line())
    return {};
  if (auto batch = cut(budget))
    return batch;
  return static_cast<std::int64_t>(end_ - begin_) > options_.longest ? give_up_line() : nullptr;
}

core::ref_ptr<line_batch> line_reader::rest() {
  if (begin_ == end_ || skipping_)
    return {};
  scanned_ = end_;
  in_quotes_ = false;
  auto batch = make_batch();
  take_line(*batch);
  return batch->record_count != 0 ? batch : nullptr;
}

/// Reads once; false if nothing came.
core::result<bool> line_reader::fill() {
  make_room();
  ssize_t got = 0;
  do
    got = ::read(fd_, block_.get() + end_, capacity_ - end_);
  while (got < 0 && errno == EINTR);
  at_end_ = got == 0;
  if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    return core::error{core::errc::io,
                       fmt::format("cannot read {}: {}", *name_, std::strerror(errno))};
  end_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  return got > 0;
}

/// Batches hold the old block, so that what is left of it moves to a new one.
void line_reader::make_room() {
  if (capacity_ - end_ >= smallest_read)
    return;
  const auto left = end_ - begin_;
  const auto capacity = std::max(block_size, 2 * left + smallest_read);
  std::shared_ptr<char[]> block{new char[capacity]};
  if (left != 0)
    std::memcpy(block.get(), block_.get() + begin_, left);
  block_ = std::move(block);
  capacity_ = capacity;
  scanned_ -= begin_;
  begin_ = 0;
  end_ = left;
}

core::ref_ptr<line_batch> line_reader::cut(core::poll_budget budget) {
  core::ref_ptr<line_batch> batch;
  while (!batch || (batch->record_count < budget.records && batch->byte_count < budget.bytes)) {
    if (!find_line_end())
      break;
    if (static_cast<std::int64_t>(scanned_ - begin_) > options_.longest) {
      if (batch && batch->record_count != 0)
        break; // found again by the next call, which reports it
      return give_up_line();
    }
    if (!batch)
      batch = make_batch();
    take_line(*batch);
    ++begin_; // the line end
    ++begin_offset_;
    scanned_ = begin_;
  }
  return batch && batch->record_count != 0 ? batch : nullptr;
}

/// Sets `scanned_` to the end of the line at `begin_`; false if it is not there yet.
bool line_reader::find_line_end() {
  if (scanned_ < end_ && block_[scanned_] == '\n' && !in_quotes_)
    return true;
  while (scanned_ < end_) {
    const char* const from = block_.get() + scanned_;
    const auto* found = static_cast<const char*>(std::memchr(from, '\n', end_ - scanned_));
    const char* const to = found ? found : block_.get() + end_;
    if (options_.quoted_lines && std::count(from, to, '"') % 2 != 0)
      in_quotes_ = !in_quotes_;
    scanned_ = static_cast<std::size_t>(to - block_.get());
    if (!found)
      return false;
    if (!in_quotes_)
      return true;
    ++scanned_;
  }
  return false;
}

core::ref_ptr<line_batch> line_reader::make_batch() const {
  auto batch = core::make_ref<line_batch>(block_);
  batch->topic = name_;
  batch->first_line = first_line_;
  return batch;
}

void line_reader::take_line(line_batch& batch) {
  const auto line = without_return({block_.get() + begin_, scanned_ - begin_});
  if (begin_offset_ == 0) {
    first_line_ = std::make_shared<const std::string>(line);
    batch.first_line = first_line_;
  }
  if (!line.empty())
    batch.add(line, begin_offset_);
  begin_offset_ += static_cast<std::int64_t>(scanned_ - begin_);
  begin_ = scanned_;
}

/// A record with the begin of the line that is too long; the rest of the line is skipped.
core::ref_ptr<line_batch> line_reader::give_up_line() {
  auto batch = make_batch();
  batch->fault =
      fmt::format("the line at byte {} of {} is longer than max_line_bytes ({}); raise it "
                  "or repair the file",
                  begin_offset_, *name_, core::format_size(options_.longest));
  batch->add({block_.get() + begin_, std::min(end_ - begin_, kept_of_long_lines)}, begin_offset_);
  skipping_ = true;
  in_quotes_ = false;
  begin_offset_ += static_cast<std::int64_t>(scanned_ - begin_);
  begin_ = scanned_;
  return batch;
}

/// False if the line goes on behind what was read.
bool line_reader::skip_rest_of_line() {
  const bool found = find_line_end();
  const auto to = found ? scanned_ + 1 : end_;
  begin_offset_ += static_cast<std::int64_t>(to - begin_);
  begin_ = scanned_ = to;
  skipping_ = !found;
  return found;
}

} // namespace lepton::connectors
