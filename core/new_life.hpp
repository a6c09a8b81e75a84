#pragma once

#include <cstdint>
#include <random>

namespace lepton::core {

/// A random number, never 0, that tells one run of something from every other.
inline std::uint64_t new_life() {
  std::random_device random;
  const std::uint64_t high = random();
  const std::uint64_t value = high << 32 | random();
  return value == 0 ? 1 : value;
}

} // namespace lepton::core
