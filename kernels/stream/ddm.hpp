#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <limits>

namespace lepton::kernels::stream {

enum class drift_level : std::uint8_t { none, warning, drift };

/// Watches the error rate of a classifier: Gama et al., "Learning with drift detection", SBIA 2004.
/// Begins anew after each drift. Sees only rates that rise.
class ddm {
public:
  /// Levels are multiples of the deviation at the lowest rate; nothing is said before `warm_up`
  /// errors or hits.
  explicit ddm(std::int64_t warm_up = 30, double warning = 2, double drift = 3)
      : warm_up_{warm_up}, warning_{warning}, drift_{drift} {}

  drift_level add(bool error) noexcept;

  double error_rate() const noexcept { return rate_; }
  std::int64_t drifts() const noexcept { return drifts_; }

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  std::int64_t warm_up_;
  double warning_, drift_;
  std::int64_t count_ = 0;
  double rate_ = 0;
  double lowest_rate_ = std::numeric_limits<double>::infinity();
  double lowest_deviation_ = std::numeric_limits<double>::infinity();
  std::int64_t drifts_ = 0;
};

} // namespace lepton::kernels::stream
