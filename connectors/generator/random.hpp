#pragma once

#include <cstdint>

namespace lepton::connectors {

/// Random numbers by counting: number `i` of a stream is a function of (seed, i) alone, so that
/// records do not depend on batches and workers. The mixing is that of SplitMix64 (Steele, Lea,
/// Flood 2014). Not for secrets.
inline std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

/// The numbers of one record.
class record_random {
public:
  record_random(std::uint64_t seed, std::int64_t record) noexcept
      : key_{mix(mix(seed + golden) + golden * static_cast<std::uint64_t>(record))} {}

  /// 64 random bits; each `which` has its own.
  std::uint64_t bits(std::uint64_t which) const noexcept {
    return mix(key_ + golden * (which + 1));
  }
  /// 0 .. bound - 1.
  std::uint32_t below(std::uint64_t which, std::uint32_t bound) const noexcept {
    return static_cast<std::uint32_t>(((bits(which) >> 32) * bound) >> 32);
  }
  /// [0, 1).
  double uniform(std::uint64_t which) const noexcept {
    return static_cast<double>(bits(which) >> 11) * 0x1p-53;
  }
  /// Nearly normal, with mean 0 and deviation 1: the sum of four uniforms (Irwin, Hall), which lies
  /// within 3.47.
  float normal(std::uint64_t which) const noexcept {
    const auto h = bits(which);
    constexpr std::uint64_t halves = 0x0000ffff0000ffff;
    const auto sums = (h & halves) + ((h >> 16) & halves);
    const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums) +
                                               static_cast<std::uint32_t>(sums >> 32));
    return static_cast<float>(sum - 131070) * (1 / 37837.2f);
  }

private:
  std::uint64_t key_;
};

} // namespace lepton::connectors
