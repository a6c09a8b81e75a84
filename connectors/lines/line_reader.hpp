#pragma once

#include "connectors/lines/line_batch.hpp"
#include "core/result.hpp"
#include "core/source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace lepton::connectors {

struct line_options {
  std::int64_t longest = 1 << 20; ///< bytes of a line; a longer one becomes an unreadable record
  bool quoted_lines = false;      ///< a line end between double quotes does not end the record
};

/// Cuts what a file descriptor gives into lines, in large blocks. A line ends with '\n' (an '\r'
/// before it is no part of it); empty lines are left out. Does not own the descriptor. After a read
/// came to the end, the next call tries again, so that a growing file can be followed.
class line_reader {
public:
  /// `name` is for messages and becomes the batches' topic; `offset` is that of the next byte.
  line_reader(int fd, std::shared_ptr<const std::string> name, const line_options& options,
              std::int64_t offset = 0);

  /// The next lines within the budget, at least one. Null: the descriptor has no whole line now;
  /// `at_end` says whether it came to its end.
  core::result<core::ref_ptr<line_batch>> next(core::poll_budget budget);
  /// The same with at most one read, for descriptors that block.
  core::result<core::ref_ptr<line_batch>> read_once(core::poll_budget budget);
  /// The same without a read: only what was read before.
  core::ref_ptr<line_batch> buffered(core::poll_budget budget);
  /// What stands behind the last line end, as a line of its own; null if there is nothing.
  core::ref_ptr<line_batch> rest();
  /// Starts again at the begin, after the file was cut off.
  void restart();

  /// The first line of the file, for a reader that begins behind it.
  void set_first_line(std::shared_ptr<const std::string> line) { first_line_ = std::move(line); }

  bool at_end() const noexcept { return at_end_; }
  /// Position of the byte that is read next from the descriptor.
  std::int64_t read_offset() const noexcept {
    return begin_offset_ + static_cast<std::int64_t>(end_ - begin_);
  }

private:
  core::result<bool> fill();
  core::ref_ptr<line_batch> cut(core::poll_budget budget);
  core::ref_ptr<line_batch> make_batch() const;
  bool find_line_end();
  void make_room();
  void take_line(line_batch& batch);
  core::ref_ptr<line_batch> give_up_line();
  bool skip_rest_of_line();

  int fd_;
  std::shared_ptr<const std::string> name_;
  line_options options_;
  std::shared_ptr<const std::string> first_line_;
  std::shared_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;   ///< of the line that is being looked for
  std::size_t end_ = 0;     ///< of what was read
  std::size_t scanned_ = 0; ///< up to here there is no line end
  std::int64_t begin_offset_ = 0;
  bool in_quotes_ = false; ///< at `scanned_`
  bool skipping_ = false;  ///< the rest of a line that is too long
  bool at_end_ = false;
};

} // namespace lepton::connectors
