#pragma once

#include <chrono>
#include <thread>

namespace lepton::tests {

/// Asks `holds` again and again until it is true or `limit` has passed; returns its last answer.
/// For what another process or thread does and cannot announce; never a substitute for a clock.
template <class Predicate>
bool eventually(std::chrono::milliseconds limit, Predicate holds) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (holds())
      return true;
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

} // namespace lepton::tests
