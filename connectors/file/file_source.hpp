#pragma once

#include "connectors/file/change_watch.hpp"
#include "connectors/file/file_tail.hpp"
#include "core/source.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lepton::connectors {

struct file_source_options {
  std::string path; ///< may be a pattern
  tail_options tail;
  bool from_end = false; ///< files that are there at the start are read from their end on
};

/// The lines of one or more files; each file is a partition. Without `follow` the files are read
/// one after the other and then the source is exhausted. Does not remember how far it came: the
/// next run begins again.
class file_source final : public core::source {
public:
  explicit file_source(file_source_options options) : options_{std::move(options)} {}

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;

private:
  core::result<void> find_files(bool from_end);
  core::result<core::ref_ptr<line_batch>> read(core::poll_budget budget);
  core::source_poll hand_out(core::ref_ptr<line_batch> batch);

  file_source_options options_;
  change_watch watch_;
  std::vector<std::unique_ptr<file_tail>> tails_;
  std::set<std::string> known_;
  std::size_t turn_ = 0;
  std::uint64_t sequence_ = 0;
  std::chrono::steady_clock::time_point looked_;
};

} // namespace lepton::connectors
