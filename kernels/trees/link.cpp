#include "kernels/trees/link.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::kernels::trees {

namespace {

/// As XGBoost and LightGBM write it, for the same last digit; the bound keeps it from infinity.
template <class T>
T logistic(T x) {
  return T{1} / (T{1} + std::exp(std::min(-x, T{88.7f})));
}

template <class T>
void softmax(T* sums, std::int64_t count) {
  const T largest = *std::max_element(sums, sums + count);
  T total = 0;
  for (std::int64_t i = 0; i < count; ++i)
    total += sums[i] = std::exp(sums[i] - largest);
  for (std::int64_t i = 0; i < count; ++i)
    sums[i] /= total;
}

/// As ONNX Runtime: what is within 1e-7 of zero keeps its distance to the largest.
template <class T>
void softmax_zero(T* sums, std::int64_t count) {
  const T largest = *std::max_element(sums, sums + count);
  const T scale = std::exp(-largest);
  T total = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool zero = std::abs(sums[i]) <= T(1e-7);
    sums[i] = zero ? sums[i] * scale : std::exp(sums[i] - largest);
    total += sums[i];
  }
  for (std::int64_t i = 0; i < count && total != 0; ++i)
    sums[i] /= total;
}

/// Winitzki's formula for erfinv, with the constant that ONNX Runtime uses.
template <class T>
T probit(T x) {
  const T y = 2 * x - 1;
  const T sign = y < 0 ? T{-1} : T{1};
  const T log = std::log((1 - y) * (1 + y));
  const T v = 2 / (T(3.14159) * T(0.147)) + T(0.5) * log;
  return T(1.41421356) * sign * std::sqrt(-v + std::sqrt(v * v - log / T(0.147)));
}

template <class T>
T one(link_function function, T scale, T x) {
  switch (function) {
    case link_function::logistic: return logistic(scale * x);
    case link_function::exponential: return std::exp(x);
    case link_function::probit: return probit(x);
    case link_function::sign: return x > 0 ? T{1} : T{0};
    case link_function::signed_square: return x * std::abs(x);
    case link_function::log1p_exp: return std::log1p(std::exp(x));
    default: return x;
  }
}

template <class T>
void apply_in(const link& how, T* sums, std::int64_t scores, float* out) {
  switch (how.function) {
    case link_function::softmax: softmax(sums, scores); break;
    case link_function::softmax_zero: softmax_zero(sums, scores); break;
    case link_function::index_of_largest:
      *out = static_cast<float>(std::max_element(sums, sums + scores) - sums);
      return;
    default:
      for (std::int64_t i = 0; i < scores; ++i)
        sums[i] = one(how.function, static_cast<T>(how.scale), sums[i]);
  }
  const std::int64_t first = how.only_last ? scores - 1 : 0;
  for (std::int64_t i = first; i < scores; ++i)
    out[i - first] = static_cast<float>(sums[i]);
}

} // namespace

std::int64_t outputs_of(const link& how, std::int64_t scores) noexcept {
  return how.only_last || how.function == link_function::index_of_largest ? 1 : scores;
}

void apply(const link& how, float* sums, std::int64_t scores, float* out) noexcept {
  apply_in(how, sums, scores, out);
}

void apply(const link& how, double* sums, std::int64_t scores, float* out) noexcept {
  apply_in(how, sums, scores, out);
}

} // namespace lepton::kernels::trees
