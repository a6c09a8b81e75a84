#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lepton::kernels::stream {

/// The population stability index of two histograms over the same bins: the sum of (a - e) ln(a /
/// e) over their shares. Below 0.1 is usually called stable, above 0.25 a shift. Empty bins count
/// as `least` of the whole. 0 if one of the two is empty.
double stability_index(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual,
                       double least = 1e-4);

/// How far a feature has moved from the first values that were seen: these give bins of equal
/// shares, and a bin of its own for missing values (not finite).
class feature_shift {
public:
  /// `reference` values (at least `bins`) are kept until the bins are made from them.
  explicit feature_shift(std::int64_t reference = 2000, std::int64_t bins = 10);

  void add(float value);

  bool ready() const noexcept { return !expected_.empty(); }
  /// Values since `ready` or the last `restart`.
  std::int64_t count() const noexcept { return count_; }
  /// 0 before it is ready.
  double index() const { return stability_index(expected_, actual_); }
  /// Counts the current values anew; the reference stays.
  void restart();

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  void make_bins();
  std::size_t bin_of(float value) const;

  std::int64_t reference_, bins_;
  std::vector<float> sample_;
  std::vector<float> edges_; ///< upper bounds of all bins but the last
  std::vector<std::int64_t> expected_, actual_;
  std::int64_t count_ = 0;
};

} // namespace lepton::kernels::stream
