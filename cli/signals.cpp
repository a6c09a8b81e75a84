#include "cli/signals.hpp"

#include <csignal>
#include <ctime>

namespace lepton::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

} // namespace

signal_waiter::signal_waiter() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

signal_waiter::~signal_waiter() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int signal_waiter::wait_for(std::chrono::milliseconds timeout) {
  const auto set = stop_signals();
  const timespec limit{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  const int got = sigtimedwait(&set, nullptr, &limit);
  return got > 0 ? got : 0;
}

} // namespace lepton::cli
