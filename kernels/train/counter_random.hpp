#pragma once

#include <cstdint>

namespace lepton::kernels::train {

/// Random numbers that are a function of a seed and a counter, so that a snapshot is one number:
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (SplitMix64). Not for
/// secrets.
class counter_random {
public:
  explicit counter_random(std::uint64_t seed, std::uint64_t counter = 0)
      : seed_{seed}, counter_{counter} {}

  std::uint64_t next() noexcept { return mix(seed_ + ++counter_ * 0x9e3779b97f4a7c15ull); }
  /// In [0, 1).
  double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [0, bound); `bound` > 0. Its bias is below 2^-32 for bounds below 2^32.
  std::uint64_t below(std::uint64_t bound) noexcept {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<wide>(next()) * bound >> 64);
  }

  std::uint64_t counter() const noexcept { return counter_; }
  void set_counter(std::uint64_t counter) noexcept { counter_ = counter; }

  static std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
  }

private:
  std::uint64_t seed_;
  std::uint64_t counter_;
};

} // namespace lepton::kernels::train
