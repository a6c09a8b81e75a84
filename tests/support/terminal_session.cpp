#include "tests/support/terminal_session.hpp"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

namespace lepton::tests {

terminal_session::terminal_session(const process_options& options) {
  std::vector<std::string> words{options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
  if (pid_ < 0)
    throw std::system_error(errno, std::generic_category(), "forkpty");
  if (pid_ == 0) {
    for (const auto& [name, value] : options.environment)
      ::setenv(name.c_str(), value.c_str(), 1);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
}

terminal_session::~terminal_session() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(terminal_);
}

bool terminal_session::read_some(std::chrono::milliseconds limit) {
  pollfd waiting{terminal_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0)
    return false;
  char chunk[4096];
  const auto got = ::read(terminal_, chunk, sizeof chunk);
  if (got <= 0)
    return false; // EIO once the program has ended
  screen_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

bool terminal_session::shows(std::string_view text, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    if (const auto at = screen_.find(text, seen_); at != std::string::npos) {
      seen_ = at + text.size();
      return true;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (!read_some(std::max(left, std::chrono::milliseconds{0})))
      return false;
  }
}

void terminal_session::type(const std::string& line) {
  const auto keys = line + "\n";
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::system_error(errno, std::generic_category(), "write to the terminal");
}

int terminal_session::finish() {
  while (read_some(std::chrono::seconds{10})) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace lepton::tests
