#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>

namespace lepton::kernels {

/// A model that can score rows on one backend. Each worker has its own instance and calls it from
/// one thread at a time; instances of one model share their weights where the backend can. Does
/// not know where its numbers come from or go to (see infer_transform).
class model {
public:
  virtual ~model() = default;

  virtual std::int64_t inputs() const noexcept = 0;  ///< numbers of one row going in
  virtual std::int64_t outputs() const noexcept = 0; ///< numbers of one row coming out

  /// What runs it, for people: "native (avx2)", "openvino (CPU)".
  virtual std::string backend() const = 0;
  /// What it is, for people: "30-64-32-1 perceptron (Relu Relu Sigmoid)".
  virtual std::string description() const = 0;
  /// Bytes that this instance holds; shared weights count in full.
  virtual std::int64_t memory() const noexcept = 0;

  /// Scores `rows` rows: `x` is [rows, inputs], `y` is [rows, outputs], float32, row-major, without
  /// gaps; both are the caller's. Does not check for NaN. The native backend cannot fail and gives
  /// each row the same bits whatever else is in the call. Never throws.
  virtual core::result<void> run(const float* x, std::int64_t rows, float* y) = 0;
};

} // namespace lepton::kernels
