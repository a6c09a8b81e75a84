#include "tests/support/spawn.hpp"

#include "tests/support/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>

namespace lepton::tests {

namespace {

/// The one thread that forks. PR_SET_PDEATHSIG goes off when the *thread* that forked ends, so it
/// must be one that lives as long as the process; it is never joined.
class forking_thread {
public:
  static forking_thread& instance() {
    static auto& thread = *new forking_thread;
    return thread;
  }

  pid_t run(std::function<pid_t()> job) {
    std::packaged_task<pid_t()> task{std::move(job)};
    auto pid = task.get_future();
    {
      const std::lock_guard lock{mutex_};
      jobs_.push_back(std::move(task));
    }
    wake_.notify_one();
    return pid.get();
  }

private:
  forking_thread() {
    std::thread{[this] { serve(); }}.detach();
  }

  void serve() {
    for (;;) {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::packaged_task<pid_t()>> jobs_;
};

/// Our variables with those of `changes` in place, as NAME=VALUE.
std::vector<std::string>
merged_environment(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> merged;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text{*variable};
    const auto name = text.substr(0, text.find('='));
    if (std::ranges::none_of(changes, [&](const auto& change) { return change.first == name; }))
      merged.emplace_back(text);
  }
  for (const auto& [name, value] : changes)
    merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> c_strings(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int open_for_append(const std::filesystem::path& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/// All that the child needs, made before the fork: after it only async-signal-safe calls are safe.
struct child_plan {
  char** arguments;
  char** environment;
  const char* working_directory; ///< null: stay
  int output;
  int error;
  int report; ///< errno goes here if the program cannot be run; closed by a successful exec
  pid_t parent;
};

[[noreturn]] void become(const child_plan& plan) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) // it died before the line above
    _exit(127);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL); // libraries ignore it, and that would be inherited
  const int input = open("/dev/null", O_RDONLY);
  const bool ready = input >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
                     dup2(plan.output, STDOUT_FILENO) >= 0 && dup2(plan.error, STDERR_FILENO) >= 0;
  // Sockets of ours that stay open in a child keep their ports and peers busy.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (ready && (plan.working_directory == nullptr || chdir(plan.working_directory) == 0))
    execvpe(plan.arguments[0], plan.arguments, plan.environment);
  const int error = errno;
  [[maybe_unused]] const auto written = write(plan.report, &error, sizeof error);
  _exit(127);
}

} // namespace

pid_t spawn(const process_options& options, const std::filesystem::path& output,
            const std::filesystem::path& error) {
  const descriptor output_file{open_for_append(output), output};
  const descriptor error_file{open_for_append(error), error};
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  const descriptor report_reader{ends[0], "pipe2"};
  descriptor report_writer{ends[1], "pipe2"};

  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  auto environment = merged_environment(options.environment);
  auto argument_pointers = c_strings(arguments);
  auto environment_pointers = c_strings(environment);
  const child_plan plan{argument_pointers.data(),
                        environment_pointers.data(),
                        options.working_directory.empty() ? nullptr
                                                          : options.working_directory.c_str(),
                        output_file.get(),
                        error_file.get(),
                        report_writer.get(),
                        getpid()};
  const pid_t pid = forking_thread::instance().run([&plan] {
    const pid_t forked = fork();
    if (forked == 0)
      become(plan);
    return forked < 0 ? -errno : forked;
  });
  if (pid < 0)
    throw std::system_error(-pid, std::generic_category(), "fork");

  report_writer.close();
  int failure = 0;
  if (TEMP_FAILURE_RETRY(read(report_reader.get(), &failure, sizeof failure)) != sizeof failure)
    return pid; // the pipe was closed by a successful exec
  waitpid(pid, nullptr, 0);
  throw std::system_error(failure, std::generic_category(), "cannot run " + options.program);
}

} // namespace lepton::tests
