#include "tests/support/process.hpp"

#include "tests/support/eventually.hpp"
#include "tests/support/spawn.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace lepton::tests {

namespace {

using std::chrono::milliseconds;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string proc_file(pid_t pid, const char* name) {
  return read_file(fmt::format("/proc/{}/{}", pid, name));
}

/// The fields of /proc/PID/stat after the name, which may itself contain blanks: [0] is the state.
std::vector<std::string> stat_fields(pid_t pid) {
  const std::string line = proc_file(pid, "stat");
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream fields{line.substr(name_end + 1)};
  return {std::istream_iterator<std::string>{fields}, {}};
}

/// The bytes of a line "VmRSS:   123 kB" of /proc/PID/status.
std::size_t status_bytes(const std::string& status, std::string_view field) {
  const auto at = status.find(field);
  return at == std::string::npos ? 0 : std::stoull(status.substr(at + field.size())) * 1024;
}

milliseconds to_milliseconds(const timeval& time) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds{time.tv_sec} +
                                                  std::chrono::microseconds{time.tv_usec});
}

} // namespace

std::string exit_status::text() const {
  return signal != 0 ? fmt::format("signal {}", signal) : fmt::format("exit code {}", code);
}

process::process(process_options options) {
  if (options.output_file.empty()) {
    captured_ = std::make_unique<temp_dir>("output");
    output_path_ = *captured_ / "out";
    error_path_ = *captured_ / "err";
  } else {
    output_path_ = error_path_ = options.output_file;
  }
  pid_ = spawn(options, output_path_, error_path_);
  // Not pidfd_open(): glibc 2.36 declares it without extern "C".
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) {
    const int error = errno;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    throw std::system_error(error, std::generic_category(), "pidfd_open");
  }
}

process::~process() {
  reap();
}

process::process(process&& other) noexcept {
  *this = std::move(other);
}

process& process::operator=(process&& other) noexcept {
  if (this == &other)
    return *this;
  reap();
  captured_ = std::move(other.captured_);
  output_path_ = std::move(other.output_path_);
  error_path_ = std::move(other.error_path_);
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::exchange(other.pidfd_, -1);
  status_ = std::exchange(other.status_, std::nullopt);
  final_usage_ = other.final_usage_;
  return *this;
}

void process::reap() noexcept {
  if (pid_ < 0)
    return;
  // The group outlives its leader as long as one member does, and its number is not given away.
  ::kill(-pid_, SIGKILL);
  if (!status_)
    waitpid(pid_, nullptr, 0);
  close(pidfd_);
}

void process::send(int signal) {
  if (status_) // its pid may be another's by now
    errno = ESRCH;
  if (status_ || ::kill(pid_, signal) != 0)
    fail(fmt::format("cannot send signal {} to process {}", signal, pid_));
}

void process::suspend() {
  send(SIGSTOP);
  // Each thread stops by itself; the process counts as stopped when the last one has.
  const bool stopped = eventually(milliseconds{10'000}, [this] {
    const auto fields = stat_fields(pid_);
    return !fields.empty() && fields[0] == "T";
  });
  if (!stopped)
    throw std::runtime_error(fmt::format("process {} did not stop within 10 s", pid_));
}

void process::resume() {
  send(SIGCONT);
}

std::optional<exit_status> process::wait(milliseconds limit) {
  if (status_)
    return status_;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  pollfd ended{pidfd_, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    const int got =
        poll(&ended, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX)));
    if (got == 0)
      return std::nullopt;
    if (got > 0)
      break;
    if (errno != EINTR)
      fail("poll");
  }
  int status = 0;
  rusage used{};
  if (wait4(pid_, &status, 0, &used) != pid_)
    fail(fmt::format("cannot wait for process {}", pid_));
  status_ =
      WIFSIGNALED(status) ? exit_status{-1, WTERMSIG(status)} : exit_status{WEXITSTATUS(status), 0};
  final_usage_ = {0, static_cast<std::size_t>(used.ru_maxrss) * 1024,
                  to_milliseconds(used.ru_utime) + to_milliseconds(used.ru_stime)};
  return status_;
}

exit_status process::stop(milliseconds limit) {
  if (running()) {
    send(SIGTERM);
    resume(); // a suspended process hears nothing else
  }
  const auto ended = wait(limit);
  return ended ? *ended : kill();
}

exit_status process::kill() {
  if (running())
    send(SIGKILL);
  // Not even SIGKILL ends a process that waits for a disk; but no test should hang for ever.
  const auto ended = wait(milliseconds{60'000});
  if (!ended)
    throw std::runtime_error(fmt::format("process {} survived SIGKILL for 60 s", pid_));
  return *ended;
}

bool process::wait_for_output(std::string_view text, milliseconds limit) {
  const auto written = [&] {
    return standard_output().find(text) != std::string::npos ||
           standard_error().find(text) != std::string::npos;
  };
  bool found = false;
  eventually(limit, [&] {
    const bool last_look = !running();
    found = written();
    return found || last_look;
  });
  return found;
}

process_usage process::usage() {
  if (!running())
    return final_usage_;
  const std::string status = proc_file(pid_, "status");
  const auto fields = stat_fields(pid_);
  // utime and stime are fields 14 and 15 of the whole line, of which two come before the state.
  const auto ticks = fields.size() > 12 ? std::stoll(fields[11]) + std::stoll(fields[12]) : 0;
  return {status_bytes(status, "VmRSS:"), status_bytes(status, "VmHWM:"),
          milliseconds{ticks * 1000 / sysconf(_SC_CLK_TCK)}};
}

finished_process run_process(process_options options, milliseconds limit) {
  const std::string program = options.program;
  process child{std::move(options)};
  const auto status = child.wait(limit);
  if (!status)
    throw std::runtime_error(fmt::format("{} still runs after {} ms; it wrote: {}{}", program,
                                         limit.count(), child.standard_output(),
                                         child.standard_error()));
  return {*status, child.standard_output(), child.standard_error()};
}

} // namespace lepton::tests
