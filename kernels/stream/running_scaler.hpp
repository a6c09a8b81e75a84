#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <vector>

namespace lepton::kernels::stream {

/// Brings features to mean 0 and variance 1 by the rows seen so far: Welford's method for each
/// feature, in double. Values that are not finite are passed over, and stay what they are.
class running_scaler {
public:
  /// With `memory` above 0 a row loses its influence after about so many rows more, so that the
  /// scaler follows a stream that changes; 0 = all rows count the same.
  explicit running_scaler(std::int64_t features, double memory = 0);

  std::int64_t features() const noexcept { return static_cast<std::int64_t>(mean_.size()); }

  /// Takes `rows` rows, [rows, features].
  void learn(const float* x, std::int64_t rows);
  /// `y` becomes [rows, features]; may be `x`. A feature that never varied becomes 0.
  void apply(const float* x, std::int64_t rows, float* y) const;

  /// y = (x - center) * scale, as `apply` does now.
  const std::vector<float>& center() const noexcept { return center_; }
  const std::vector<float>& scale() const noexcept { return scale_; }

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  void refresh();

  double memory_;
  std::vector<double> count_, mean_, squares_;
  std::vector<float> center_, scale_;
};

} // namespace lepton::kernels::stream
