#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace lepton::pipelines {

__extension__ using wide_integer = __int128;
__extension__ using unsigned_wide = unsigned __int128;

/// Sum of doubles with the rounding errors carried along: as good as a sum in twice the precision,
/// rounded once. An infinity or NaN that was added stays. Neumaier, 1974; the two-sum is Knuth's.
struct double_sum {
  double high = 0;
  double low = 0;

  void add(double x) noexcept {
    const double sum = high + x;
    const double part = sum - high;
    low += (high - (sum - part)) + (x - part);
    high = sum;
  }
  void merge(const double_sum& other) noexcept {
    add(other.high);
    low += other.low;
  }
  double value() const noexcept { return std::isfinite(high) ? high + low : high; }
};

/// Sum of integers that never overflows (128 bits).
struct integer_sum {
  std::uint64_t low = 0;
  std::int64_t high = 0;

  void add(std::int64_t x) noexcept { set(value() + x); }
  void merge(const integer_sum& other) noexcept { set(value() + other.value()); }
  wide_integer value() const noexcept {
    return static_cast<wide_integer>(static_cast<unsigned_wide>(high) << 64 | low);
  }
  bool fits() const noexcept {
    return value() >= std::numeric_limits<std::int64_t>::min() &&
           value() <= std::numeric_limits<std::int64_t>::max();
  }

private:
  void set(wide_integer v) noexcept {
    low = static_cast<std::uint64_t>(v);
    high = static_cast<std::int64_t>(v >> 64);
  }
};

/// Mean and spread without cancellation. Welford, 1962; merge by Chan, Golub and LeVeque, 1979.
struct moments {
  std::uint64_t count = 0;
  double mean = 0;
  double squares = 0; ///< sum of (x - mean)^2

  void add(double x) noexcept {
    ++count;
    const double delta = x - mean;
    mean += delta / static_cast<double>(count);
    squares += delta * (x - mean);
  }
  void merge(const moments& other) noexcept {
    if (other.count == 0)
      return;
    const auto n = static_cast<double>(count);
    const auto m = static_cast<double>(other.count);
    const double delta = other.mean - mean;
    mean += delta * (m / (n + m));
    squares += other.squares + delta * delta * (n * m / (n + m));
    count += other.count;
  }
  /// Of a sample (n - 1); there must be two values at least.
  double variance() const noexcept {
    return std::fmax(squares, 0) / static_cast<double>(count - 1);
  }
};

/// Smallest and largest number. A NaN is left out: without any number `min` is above `max`.
template <class T>
struct extremes {
  using limits = std::numeric_limits<T>;
  T min = limits::has_infinity ? limits::infinity() : limits::max();
  T max = limits::has_infinity ? -limits::infinity() : limits::lowest();

  void add(T x) noexcept {
    // In this form each is one instruction, without a branch, that skips a NaN.
    min = x < min ? x : min;
    max = x > max ? x : max;
  }
  void merge(const extremes& other) noexcept {
    min = other.min < min ? other.min : min;
    max = other.max > max ? other.max : max;
  }
  /// For at least one value: NaN if none was a number.
  T smallest() const noexcept { return min > max ? limits::quiet_NaN() : min; }
  T largest() const noexcept { return min > max ? limits::quiet_NaN() : max; }
};

} // namespace lepton::pipelines
