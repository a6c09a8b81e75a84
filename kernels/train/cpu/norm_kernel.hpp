#pragma once

#include "kernels/train/cpu/train_ops.hpp"
#include "kernels/train/cpu/vector_math.hpp"

// Layer and batch normalisation. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

template <int N>
void layer_norm_row(const norm_call& c, std::int64_t r) {
  using v = typename simd<N>::floats;
  const float* x = c.x.data + r * c.x.stride;
  float* y = c.y + r * c.x.stride;
  v sums{};
  for (std::int64_t i = 0; i < c.x.stride; i += N)
    sums += simd<N>::load(x + i);
  const float mean = sum_of_lanes<N>(sums) / static_cast<float>(c.x.width);
  for (std::int64_t i = 0; i < c.x.stride; i += N)
    simd<N>::store(y + i, simd<N>::load(x + i) - mean);
  clear_padding<N>(y, c.x.width, c.x.stride);
  v squares{};
  for (std::int64_t i = 0; i < c.x.stride; i += N)
    squares += simd<N>::load(y + i) * simd<N>::load(y + i);
  const float variance = sum_of_lanes<N>(squares) / static_cast<float>(c.x.width);
  const float inverse = 1.0f / __builtin_sqrtf(variance + c.epsilon);
  for (std::int64_t i = 0; i < c.x.stride; i += N)
    simd<N>::store(y + i, simd<N>::load(y + i) * inverse * simd<N>::load(c.gamma + i) +
                              simd<N>::load(c.beta + i));
  c.mean[r] = mean;
  c.inverse[r] = inverse;
}

template <int N>
void layer_norm(const norm_call& c) {
  for (std::int64_t r = 0; r < c.x.rows; ++r)
    layer_norm_row<N>(c, r);
}

template <int N>
void layer_norm_back(const norm_call& c) {
  using v = typename simd<N>::floats;
  const auto width = static_cast<float>(c.x.width);
  for (std::int64_t r = 0; r < c.x.rows; ++r) {
    const float* x = c.x.data + r * c.x.stride;
    const float* dy = c.dy + r * c.x.stride;
    const float mean = c.mean[r], inverse = c.inverse[r];
    v sums{}, products{};
    for (std::int64_t i = 0; i < c.x.stride; i += N) {
      // The padding of dy is zero, so what stands in that of x does not count.
      const v d = simd<N>::load(dy + i), hat = (simd<N>::load(x + i) - mean) * inverse;
      const v g = d * simd<N>::load(c.gamma + i);
      simd<N>::store(c.dgamma + i, simd<N>::load(c.dgamma + i) + d * hat);
      simd<N>::store(c.dbeta + i, simd<N>::load(c.dbeta + i) + d);
      sums += g;
      products += g * hat;
    }
    if (!c.dx)
      continue;
    float* dx = c.dx + r * c.x.stride;
    const float sum = sum_of_lanes<N>(sums) / width, product = sum_of_lanes<N>(products) / width;
    for (std::int64_t i = 0; i < c.x.stride; i += N) {
      const v hat = (simd<N>::load(x + i) - mean) * inverse;
      const v g = simd<N>::load(dy + i) * simd<N>::load(c.gamma + i);
      simd<N>::store(dx + i, (g - sum - hat * product) * inverse);
    }
    clear_padding<N>(dx, c.x.width, c.x.stride);
  }
}

template <int N>
void column_moments(const norm_call& c) {
  using v = typename simd<N>::floats;
  const float share = 1.0f / static_cast<float>(c.x.rows);
  for (std::int64_t i = 0; i < c.x.stride; i += N) {
    v sum{};
    for (std::int64_t r = 0; r < c.x.rows; ++r)
      sum += simd<N>::load(c.x.data + r * c.x.stride + i);
    const v mean = sum * share;
    v squares{};
    for (std::int64_t r = 0; r < c.x.rows; ++r) {
      const v d = simd<N>::load(c.x.data + r * c.x.stride + i) - mean;
      squares += d * d;
    }
    simd<N>::store(c.mean + i, mean);
    simd<N>::store(c.inverse + i, squares * share);
  }
}

/// gamma and beta are zero in the padding, so the padding of the result is too.
template <int N>
void batch_norm(const norm_call& c) {
  using v = typename simd<N>::floats;
  for (std::int64_t i = 0; i < c.x.stride; i += N) {
    const v scale = simd<N>::load(c.gamma + i) * simd<N>::load(c.inverse + i);
    const v mean = simd<N>::load(c.mean + i), beta = simd<N>::load(c.beta + i);
    for (std::int64_t r = 0; r < c.x.rows; ++r)
      simd<N>::store(c.y + r * c.x.stride + i,
                     (simd<N>::load(c.x.data + r * c.x.stride + i) - mean) * scale + beta);
  }
}

template <int N>
void batch_norm_back(const norm_call& c) {
  using v = typename simd<N>::floats;
  const float share = 1.0f / static_cast<float>(c.x.rows);
  for (std::int64_t i = 0; i < c.x.stride; i += N) {
    const v mean = simd<N>::load(c.mean + i), inverse = simd<N>::load(c.inverse + i);
    v sum{}, product{};
    for (std::int64_t r = 0; r < c.x.rows; ++r) {
      const v d = simd<N>::load(c.dy + r * c.x.stride + i);
      sum += d;
      product += d * ((simd<N>::load(c.x.data + r * c.x.stride + i) - mean) * inverse);
    }
    simd<N>::store(c.dgamma + i, simd<N>::load(c.dgamma + i) + product);
    simd<N>::store(c.dbeta + i, simd<N>::load(c.dbeta + i) + sum);
    if (!c.dx)
      continue;
    const v scale = simd<N>::load(c.gamma + i) * inverse;
    for (std::int64_t r = 0; r < c.x.rows; ++r) {
      const std::int64_t at = r * c.x.stride + i;
      const v hat = (simd<N>::load(c.x.data + at) - mean) * inverse;
      simd<N>::store(c.dx + at, (simd<N>::load(c.dy + at) - (sum + hat * product) * share) * scale);
    }
  }
}

} // namespace
} // namespace lepton::kernels::train
