#include "crypto/envelope/fork_count.hpp"

#include <atomic>

#include <pthread.h>

namespace lepton::crypto {

namespace {

std::atomic<std::uint64_t> forks{0};

} // namespace

std::uint64_t fork_count() noexcept {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  (void)registered;
  return forks.load(std::memory_order_relaxed);
}

} // namespace lepton::crypto
