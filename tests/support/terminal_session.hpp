#pragma once

#include "tests/support/process.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace lepton::tests {

/// A program on a terminal of its own, as a user at a keyboard has it. Killed with this object.
class terminal_session {
public:
  /// Throws std::system_error if it cannot be started. Only `program`, `arguments` and
  /// `environment` of the options count.
  explicit terminal_session(const process_options& options);
  ~terminal_session();
  terminal_session(const terminal_session&) = delete;
  terminal_session& operator=(const terminal_session&) = delete;

  /// Waits until the screen has shown `text` since the last call; false after `limit` or the end.
  bool shows(std::string_view text, std::chrono::milliseconds limit = std::chrono::seconds{10});
  /// Types `line` and Enter.
  void type(const std::string& line);
  /// Reads the rest, and gives the exit code; -1 if a signal ended it.
  int finish();
  /// All that the screen showed.
  const std::string& screen() const noexcept { return screen_; }

private:
  bool read_some(std::chrono::milliseconds limit);

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

} // namespace lepton::tests
