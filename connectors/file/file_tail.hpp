#pragma once

#include "connectors/file/file_descriptor.hpp"
#include "connectors/lines/line_reader.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lepton::connectors {

struct tail_options {
  line_options lines;
  bool follow = false; ///< wait for more at the end, for a new file of the name, or for the file
};

/// Reads the lines of the file that has a name. Following, it goes on with the new file when the
/// name is given to another one (rotation), after the last lines of the old file; and from the
/// begin when the file was cut off. A file that was cut off and at once grew beyond what was read
/// cannot be told from one that only grew.
class file_tail {
public:
  file_tail(std::string path, std::int32_t partition, const tail_options& options);

  /// Opens the file at its begin or its end. Following, a missing file is no error.
  core::result<void> open(bool at_end);
  /// The next lines; null if there are none now, or none any more.
  core::result<core::ref_ptr<line_batch>> next(core::poll_budget budget);
  /// Nothing will ever come.
  bool done() const noexcept { return done_; }
  const std::string& path() const noexcept { return *path_; }

private:
  core::result<bool> at_end();
  core::result<bool> begin_again();
  bool is_cut_off() const;
  bool is_replaced() const;
  void read_first_line();
  core::ref_ptr<line_batch> stamped(core::ref_ptr<line_batch> batch) const;

  std::shared_ptr<const std::string> path_;
  std::int32_t partition_;
  tail_options options_;
  file_descriptor file_;
  std::optional<line_reader> reader_;
  ino_t inode_ = 0;
  dev_t device_ = 0;
  bool looked_again_ = false; ///< for lines written before the file lost its name
  bool done_ = false;
  core::ref_ptr<line_batch> last_line_; ///< of a file that lost its name, without a line end
};

} // namespace lepton::connectors
