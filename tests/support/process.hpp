#pragma once

#include "tests/support/temp_dir.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace lepton::tests {

/// How a process ended: by itself with a code, or by a signal.
struct exit_status {
  int code = -1;  ///< what it returned; -1 when a signal ended it
  int signal = 0; ///< what ended it; 0 when it returned

  bool ok() const noexcept { return code == 0; }
  std::string text() const; ///< "exit code 1" or "signal 9"
};

/// What a process has used so far; all its life once it has ended.
struct process_usage {
  std::size_t resident_bytes = 0; ///< 0 once it has ended
  std::size_t peak_resident_bytes = 0;
  std::chrono::milliseconds cpu{0}; ///< user and system time of all its threads
};

/// What to run and how.
struct process_options {
  std::string program; ///< a path, or a name to look up in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment; ///< added to ours, or instead of it
  std::filesystem::path working_directory;                      ///< empty: ours
  std::filesystem::path output_file; ///< both streams are appended here; empty: kept apart
};

/// A child process that never outlives its owner: it is killed when this object goes away and when
/// the test binary dies, however that happens. It leads a process group of its own, which the
/// destructor kills as a whole; grandchildren that outlive a killed test binary are not hunted.
/// Failures to start or to signal throw std::system_error. One thread at a time.
class process {
public:
  explicit process(process_options options);
  ~process();
  process(process&& other) noexcept;
  process& operator=(process&& other) noexcept;

  pid_t pid() const noexcept { return pid_; }
  bool running() { return !wait(std::chrono::milliseconds{0}); }

  void send(int signal);
  /// Freezes the process with SIGSTOP and returns once all of it stands still.
  void suspend();
  void resume();

  /// Its end, or nothing if it still runs after `limit`.
  std::optional<exit_status> wait(std::chrono::milliseconds limit);
  /// SIGTERM, and SIGKILL if that has not ended it within `limit`.
  exit_status stop(std::chrono::milliseconds limit);
  /// SIGKILL.
  exit_status kill();

  /// All it wrote so far. With an output_file both give that file.
  std::string standard_output() const { return read_file(output_path_); }
  std::string standard_error() const { return read_file(error_path_); }
  /// True once either stream contains `text`; false if `limit` passes or the process ends before.
  bool wait_for_output(std::string_view text, std::chrono::milliseconds limit);

  process_usage usage();

private:
  void reap() noexcept;

  std::unique_ptr<temp_dir> captured_; ///< set when there is no output_file
  std::filesystem::path output_path_;
  std::filesystem::path error_path_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<exit_status> status_;
  process_usage final_usage_;
};

/// What a process that has ended leaves.
struct finished_process {
  exit_status status;
  std::string standard_output;
  std::string standard_error;
};

/// Runs a program to its end; kills it and throws std::runtime_error if it takes longer than
/// `limit`.
finished_process run_process(process_options options, std::chrono::milliseconds limit);

} // namespace lepton::tests
