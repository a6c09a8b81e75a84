#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <vector>

namespace lepton::kernels::stream {

/// Detects that the mean of a stream has changed, and forgets what came before: ADWIN2 of Bifet and
/// Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007. Keeps a window in
/// O(log n) buckets. Knows nothing about models: give it losses, errors (0 or 1) or a feature.
class adwin {
public:
  /// `delta` is about the chance of a false alarm for each check, e.g. 0.002. A check is made every
  /// `interval` values. Values should be in [0, 1] for that chance to hold.
  explicit adwin(double delta = 0.002, std::int64_t interval = 32);

  /// Takes a value (NaN and infinity are passed over); true if the mean has changed.
  bool add(double value);

  std::int64_t width() const noexcept { return width_; }
  double mean() const noexcept { return width_ > 0 ? total_ / static_cast<double>(width_) : 0; }
  double variance() const noexcept {
    return width_ > 0 ? squares_ / static_cast<double>(width_) : 0;
  }
  std::int64_t alarms() const noexcept { return alarms_; }

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  struct bucket {
    double total = 0;
    double squares = 0; ///< sum of squared distances from its mean
  };

  void insert(double value);
  void compress();
  bool shrink();
  bool cut(double n0, double total0, double n1, double total1) const;
  void drop_oldest();

  static constexpr std::size_t buckets_of_row = 5;
  static constexpr std::int64_t shortest = 5; ///< values on each side of a cut
  static constexpr std::int64_t grace = 10;   ///< values before the first check

  double delta_;
  std::int64_t interval_;
  std::vector<std::vector<bucket>> rows_; ///< row i: buckets of 2^i values, oldest first
  std::int64_t width_ = 0;
  double total_ = 0;
  double squares_ = 0;
  std::int64_t seen_ = 0;
  std::int64_t alarms_ = 0;
};

} // namespace lepton::kernels::stream
