#pragma once

#include "kernels/train/cpu/train_ops.hpp"
#include "kernels/train/cpu/vector_math.hpp"

// Optimisers, each in one pass over its arrays. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

/// Blocks of float sums, added up in double.
template <int N>
double sum_of_squares(const float* values, std::int64_t count) {
  using v = typename simd<N>::floats;
  double total = 0;
  for (std::int64_t at = 0; at < count; at += 1024) {
    const std::int64_t end = at + 1024 < count ? at + 1024 : count;
    v a{}, b{};
    std::int64_t i = at;
    for (; i + 2 * N <= end; i += 2 * N) {
      const v x = simd<N>::load(values + i), y = simd<N>::load(values + i + N);
      a += x * x;
      b += y * y;
    }
    for (; i < end; i += N)
      a += simd<N>::load(values + i) * simd<N>::load(values + i);
    total += static_cast<double>(sum_of_lanes<N>(a + b));
  }
  return total;
}

template <int N>
void sgd(const update_call& c) {
  using v = typename simd<N>::floats;
  for (std::int64_t i = 0; i < c.count; i += N) {
    const v w = simd<N>::load(c.weights + i);
    v g = simd<N>::load(c.gradients + i) * c.gradient_scale + w * c.weight_decay;
    if (c.momentum != 0) {
      const v m = simd<N>::load(c.first + i) * c.momentum + g;
      simd<N>::store(c.first + i, m);
      g = c.nesterov ? g + m * c.momentum : m;
    }
    simd<N>::store(c.weights + i, w - g * c.rate);
  }
}

template <int N>
void adam(const update_call& c) {
  using v = typename simd<N>::floats;
  const float step = c.rate / c.correction1;
  const float root = 1.0f / __builtin_sqrtf(c.correction2);
  const float shrink = c.kind == optimiser::adamw ? 1.0f - c.rate * c.weight_decay : 1.0f;
  const float decay = c.kind == optimiser::adamw ? 0.0f : c.weight_decay;
  for (std::int64_t i = 0; i < c.count; i += N) {
    const v w = simd<N>::load(c.weights + i);
    const v g = simd<N>::load(c.gradients + i) * c.gradient_scale + w * decay;
    const v m = simd<N>::load(c.first + i) * c.beta1 + g * (1.0f - c.beta1);
    const v s = simd<N>::load(c.second + i) * c.beta2 + g * g * (1.0f - c.beta2);
    simd<N>::store(c.first + i, m);
    simd<N>::store(c.second + i, s);
    simd<N>::store(c.weights + i, w * shrink - step * m / (square_root<N>(s) * root + c.epsilon));
  }
}

template <int N>
void adagrad(const update_call& c) {
  using v = typename simd<N>::floats;
  for (std::int64_t i = 0; i < c.count; i += N) {
    const v w = simd<N>::load(c.weights + i);
    const v g = simd<N>::load(c.gradients + i) * c.gradient_scale + w * c.weight_decay;
    const v s = simd<N>::load(c.first + i) + g * g;
    simd<N>::store(c.first + i, s);
    simd<N>::store(c.weights + i, w - c.rate * g / (square_root<N>(s) + c.epsilon));
  }
}

/// FTRL-proximal: McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013.
template <int N>
void ftrl(const update_call& c) {
  using v = typename simd<N>::floats;
  for (std::int64_t i = 0; i < c.count; i += N) {
    const v w = simd<N>::load(c.weights + i);
    const v g = simd<N>::load(c.gradients + i) * c.gradient_scale;
    const v n = simd<N>::load(c.second + i);
    const v next = n + g * g;
    const v root = square_root<N>(next);
    const v z = simd<N>::load(c.first + i) + g - (root - square_root<N>(n)) / c.rate * w;
    const v size = z < 0.0f ? -z : z;
    const v pull = z < 0.0f ? z + c.l1 : z - c.l1;
    simd<N>::store(c.first + i, z);
    simd<N>::store(c.second + i, next);
    // A weight that never had a gradient and no start value stays zero even without l1 and beta.
    const v divisor = (root + c.beta) / c.rate + c.l2;
    simd<N>::store(c.weights + i, (size > c.l1) & (divisor > 0.0f) ? -pull / divisor : v{});
  }
}

template <int N>
void update(const update_call& c) {
  switch (c.kind) {
    case optimiser::sgd: return sgd<N>(c);
    case optimiser::adam:
    case optimiser::adamw: return adam<N>(c);
    case optimiser::adagrad: return adagrad<N>(c);
    case optimiser::ftrl: return ftrl<N>(c);
  }
}

} // namespace
} // namespace lepton::kernels::train
