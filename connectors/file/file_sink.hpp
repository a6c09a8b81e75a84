#pragma once

#include "connectors/file/file_writer.hpp"
#include "core/sink.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lepton::connectors {

enum class sync_policy { never, rotate, batch };

struct file_sink_options {
  std::string path;
  std::optional<std::int64_t> max_bytes;         ///< rotate when the file has so many
  std::optional<std::chrono::nanoseconds> every; ///< rotate when the file is so old
  sync_policy sync = sync_policy::never;

  bool rotates() const noexcept { return max_bytes || every; }
};

/// Appends records as lines to a file. With rotation it writes to `<path>.part` and gives complete
/// files their final name, `<stem>.<UTC time>.<number><extension>`, in one step; nothing that has a
/// final name is ever written again. A write is done when the operating system has the bytes (with
/// `sync_policy::batch`: when the disk has them).
class file_sink final : public core::sink {
public:
  explicit file_sink(file_sink_options options) : options_{std::move(options)} {}

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;
  core::result<void> tick() override;
  core::result<void> close() override;

private:
  using clock = std::chrono::steady_clock;

  core::result<void> open_file();
  bool is_due() const;
  core::result<void> rotate();
  core::result<std::string> give_final_name();

  file_sink_options options_;
  file_writer file_;
  clock::time_point opened_;
  std::string lines_; ///< of one batch; kept for its memory
  std::vector<core::sink_completion> ended_;
};

} // namespace lepton::connectors
