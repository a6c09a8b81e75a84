#pragma once

#include <cstdint>

namespace lepton::tests {

/// Whole numbers from 0 to 99 that any language can make again: x = x * 1103515245 + 12345 mod
/// 2^31, from 12345 on, and of that (x >> 16) mod 100.
class known_stream {
public:
  int next() noexcept {
    x_ = (x_ * 1103515245u + 12345u) & 0x7fffffffu;
    return static_cast<int>((x_ >> 16) % 100);
  }

private:
  std::uint32_t x_ = 12345;
};

} // namespace lepton::tests
