#pragma once

#include "kernels/train/cpu/elementwise_kernel.hpp"

// Losses, fused with the function that belongs to them. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

/// Loss and slope of some logits with their targets.
template <int N>
struct loss_and_slope {
  typename simd<N>::floats loss, slope;
};

/// ln(1 + e^-|z|) + max(z, 0) - z * t: never overflows.
template <int N>
LEPTON_INLINE loss_and_slope<N> binary_loss(typename simd<N>::floats z,
                                            typename simd<N>::floats t) {
  using v = typename simd<N>::floats;
  const v size = z < 0.0f ? -z : z;
  const v positive = z < 0.0f ? v{} : z; // a NaN stays one
  const v soft = logarithm<N>(1.0f + cpu::exponential<N>(-size));
  return {positive + soft - z * t, cpu::logistic<N>(z) - t};
}

/// -(1 - p)^gamma ln p with p = the probability of the true class. p^0.5 and the like would need a
/// power function of vectors; one call of the C library for each value is enough here.
inline void focal_of(float log_p, float gamma, float& loss, float& slope) {
  const float p = __builtin_expf(log_p);
  const float rest = -__builtin_expm1f(log_p);
  const float power = gamma == 0 ? 1.0f : __builtin_powf(rest, gamma);
  const float lower = gamma == 0 || rest <= 0 ? 0.0f : gamma * power / rest;
  loss = -power * log_p;
  slope = lower * p * log_p - power;
}

template <int N>
LEPTON_INLINE loss_and_slope<N> binary_focal_loss(typename simd<N>::floats z,
                                                  typename simd<N>::floats t, float gamma) {
  loss_and_slope<N> out;
  const auto signed_z = t > 0.5f ? z : -z;
  const auto size = z < 0.0f ? -z : z;
  const auto soft = logarithm<N>(1.0f + cpu::exponential<N>(-size));
  for (int i = 0; i < N; ++i) {
    const float s = signed_z[i];
    const float log_p = (s < 0.0f ? s : s - s) - soft[i];
    float loss, slope;
    focal_of(log_p, gamma, loss, slope);
    const float rest = -__builtin_expm1f(log_p);
    out.loss[i] = loss;
    out.slope[i] = (t[i] > 0.5f ? 1.0f : -1.0f) * slope * rest;
  }
  return out;
}

template <int N>
LEPTON_INLINE loss_and_slope<N> elementwise_loss(const loss_call& c, typename simd<N>::floats z,
                                                 typename simd<N>::floats t) {
  switch (c.loss) {
    case loss_function::binary_cross_entropy: return binary_loss<N>(z, t);
    case loss_function::binary_focal: return binary_focal_loss<N>(z, t, c.gamma);
    default: return {(z - t) * (z - t), 2.0f * (z - t)};
  }
}

/// One output: N rows at a time, because a row is mostly padding.
template <int N>
double single_output_loss(const loss_call& c) {
  using v = typename simd<N>::floats;
  double total = 0;
  for (std::int64_t r = 0; r < c.z.rows; r += N) {
    const std::int64_t count = c.z.rows - r < N ? c.z.rows - r : N;
    v z{};
    for (std::int64_t i = 0; i < count; ++i)
      z[i] = c.z.data[(r + i) * c.z.stride];
    const v weight = simd<N>::load_part(c.row_weight + r, count);
    const auto one = elementwise_loss<N>(c, z, simd<N>::load_part(c.labels + r, count));
    for (std::int64_t i = 0; i < count; ++i)
      total += static_cast<double>(weight[i]) * static_cast<double>(one.loss[i]);
    if (!c.dz)
      continue;
    const v slope = one.slope * weight;
    for (std::int64_t i = 0; i < count; ++i) {
      c.dz[(r + i) * c.z.stride] = slope[i];
      clear_padding<N>(c.dz + (r + i) * c.z.stride, 1, c.z.stride);
    }
  }
  return total;
}

/// Several outputs: the mean over them.
template <int N>
double many_outputs_loss(const loss_call& c) {
  using v = typename simd<N>::floats;
  double total = 0;
  for (std::int64_t r = 0; r < c.z.rows; ++r) {
    const float weight = c.row_weight[r] / static_cast<float>(c.z.width);
    float sum = 0;
    for (std::int64_t i = 0; i < c.z.width; i += N) {
      const std::int64_t count = c.z.width - i < N ? c.z.width - i : N;
      const v t = simd<N>::load_part(c.labels + r * c.z.width + i, count);
      const auto one = elementwise_loss<N>(c, simd<N>::load(c.z.data + r * c.z.stride + i), t);
      for (std::int64_t j = 0; j < count; ++j)
        sum += one.loss[j];
      if (c.dz)
        simd<N>::store(c.dz + r * c.z.stride + i, one.slope * weight);
    }
    if (c.dz)
      clear_padding<N>(c.dz + r * c.z.stride, c.z.width, c.z.stride);
    total += static_cast<double>(sum) * static_cast<double>(weight);
  }
  return total;
}

/// A row of at most this many classes has its probabilities on the stack when no gradient is asked
/// for; longer ones are not possible (see network_plan).
inline constexpr std::int64_t most_classes = 4096;

template <int N>
double class_loss(const loss_call& c) {
  double total = 0;
  float spare[most_classes];
  for (std::int64_t r = 0; r < c.z.rows; ++r) {
    const float* z = c.z.data + r * c.z.stride;
    float* p = c.dz ? c.dz + r * c.z.stride : spare;
    const auto label = static_cast<std::int64_t>(c.labels[r]);
    const float log_p = z[label] - softmax_row<N>(z, p, c.z.width, c.z.stride);
    float loss = -log_p, slope = -1;
    if (c.loss == loss_function::focal)
      focal_of(log_p, c.gamma, loss, slope);
    total += static_cast<double>(c.row_weight[r]) * static_cast<double>(loss);
    if (!c.dz)
      continue;
    const float scale = -slope * c.row_weight[r];
    for (std::int64_t i = 0; i < c.z.stride; i += N)
      simd<N>::store(p + i, simd<N>::load(p + i) * scale);
    p[label] -= scale;
  }
  return total;
}

template <int N>
double loss(const loss_call& c) {
  if (c.loss == loss_function::cross_entropy || c.loss == loss_function::focal)
    return class_loss<N>(c);
  return c.z.width == 1 ? single_output_loss<N>(c) : many_outputs_loss<N>(c);
}

} // namespace
} // namespace lepton::kernels::train
