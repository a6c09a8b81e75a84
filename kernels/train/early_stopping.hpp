#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace lepton::kernels::train {

/// Says when a loss (or anything else that should fall) has stopped falling. Keeps no weights: take
/// a snapshot when `improved` is true.
class early_stopping {
public:
  /// Stops after `patience` values in a row that are not below the best one by `least` or more.
  explicit early_stopping(std::int64_t patience, double least = 0)
      : patience_{patience}, least_{least} {}

  /// Takes the next value; true if it is the best so far. NaN is no improvement.
  bool improved(double loss) noexcept {
    ++seen_;
    if (!(loss < best_ - least_) && !(seen_ == 1 && std::isfinite(loss))) {
      ++since_;
      return false;
    }
    best_ = loss;
    best_at_ = seen_ - 1;
    since_ = 0;
    return true;
  }

  bool should_stop() const noexcept { return since_ >= patience_; }
  double best() const noexcept { return best_; }
  /// The number of the best value, the first being 0; -1 = none yet.
  std::int64_t best_at() const noexcept { return best_at_; }

private:
  std::int64_t patience_;
  double least_;
  double best_ = std::numeric_limits<double>::infinity();
  std::int64_t best_at_ = -1;
  std::int64_t seen_ = 0;
  std::int64_t since_ = 0;
};

} // namespace lepton::kernels::train
