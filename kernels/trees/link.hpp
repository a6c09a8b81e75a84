#pragma once

#include <cstdint>

namespace lepton::kernels::trees {

/// What turns the sums of a row into what the model gives.
enum class link_function : std::uint8_t {
  identity,
  logistic,        ///< 1 / (1 + e^-(scale x)), each score
  exponential,     ///< e^x
  softmax,         ///< over the scores of a row
  softmax_zero,    ///< softmax that leaves scores of (nearly) zero at zero (ONNX-ML)
  probit,          ///< sqrt(2) erfinv(2x - 1) (ONNX-ML)
  sign,            ///< 1 above zero, else 0 (XGBoost, binary:hinge)
  signed_square,   ///< x |x| (LightGBM, regression with sqrt)
  log1p_exp,       ///< ln(1 + e^x) (LightGBM, cross_entropy_lambda)
  index_of_largest ///< the number of the largest score, one output (XGBoost, multi:softmax)
};

struct link {
  link_function function = link_function::identity;
  double scale = 1;
  /// Only the last score is an output: the probability of class 1 of two.
  bool only_last = false;
};

/// Numbers of a row that come out of `scores` sums.
std::int64_t outputs_of(const link& how, std::int64_t scores) noexcept;

/// One row: `scores` sums to `outputs_of` numbers; the sums are overwritten.
void apply(const link& how, float* sums, std::int64_t scores, float* out) noexcept;
void apply(const link& how, double* sums, std::int64_t scores, float* out) noexcept;

} // namespace lepton::kernels::trees
