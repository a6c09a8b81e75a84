#pragma once

#include "kernels/train/cpu/train_ops.hpp"
#include "kernels/train/cpu/vector_math.hpp"

// Activations, softmax, dropout and sums over rows. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

template <int N>
LEPTON_INLINE typename simd<N>::floats value_of(function f, typename simd<N>::floats x) {
  using v = typename simd<N>::floats;
  switch (f) {
    case function::relu: return x < 0.0f ? v{} : x;
    case function::tanh: return cpu::hyperbolic_tangent<N>(x);
    case function::sigmoid: return cpu::logistic<N>(x);
    case function::gelu: return 0.5f * x * (1.0f + error_function<N>(x * 0.70710678118654752f));
  }
  return x;
}

/// The derivative, from the result of forward; for gelu from its argument.
template <int N>
LEPTON_INLINE typename simd<N>::floats slope_of(function f, typename simd<N>::floats value) {
  using v = typename simd<N>::floats;
  switch (f) {
    case function::relu: return value > 0.0f ? simd<N>::all(1.0f) : v{};
    case function::tanh: return 1.0f - value * value;
    case function::sigmoid: return value * (1.0f - value);
    case function::gelu: {
      const v density = 0.39894228040143268f * cpu::exponential<N>(value * value * -0.5f);
      return 0.5f * (1.0f + error_function<N>(value * 0.70710678118654752f)) + value * density;
    }
  }
  return value;
}

template <int N>
void activate(function f, const float* x, const rows_view& y) {
  for (std::int64_t r = 0; r < y.rows; ++r) {
    float* to = y.data + r * y.stride;
    for (std::int64_t i = 0; i < y.stride; i += N)
      simd<N>::store(to + i, value_of<N>(f, simd<N>::load(x + r * y.stride + i)));
    clear_padding<N>(to, y.width, y.stride);
  }
}

template <int N>
void activate_back(function f, const float* value, const rows_view& dy) {
  const std::int64_t count = dy.rows * dy.stride;
  for (std::int64_t i = 0; i < count; i += N)
    simd<N>::store(dy.data + i,
                   simd<N>::load(dy.data + i) * slope_of<N>(f, simd<N>::load(value + i)));
}

/// Turns a row of logits into probabilities; returns ln(sum(e^z)).
template <int N>
float softmax_row(const float* z, float* p, std::int64_t width, std::int64_t stride) {
  using v = typename simd<N>::floats;
  float largest = z[0];
  for (std::int64_t i = 1; i < width; ++i)
    largest = z[i] > largest ? z[i] : largest;
  for (std::int64_t i = 0; i < stride; i += N)
    simd<N>::store(p + i, cpu::exponential<N>(simd<N>::load(z + i) - largest));
  clear_padding<N>(p, width, stride);
  v sums{};
  for (std::int64_t i = 0; i < stride; i += N)
    sums += simd<N>::load(p + i);
  const float sum = sum_of_lanes<N>(sums);
  const float share = 1.0f / sum;
  for (std::int64_t i = 0; i < stride; i += N)
    simd<N>::store(p + i, simd<N>::load(p + i) * share);
  return largest + __builtin_logf(sum);
}

template <int N>
void softmax(const rows_view& y, bool logarithm) {
  for (std::int64_t r = 0; r < y.rows; ++r) {
    float* row = y.data + r * y.stride;
    if (!logarithm) {
      softmax_row<N>(row, row, y.width, y.stride);
      continue;
    }
    float largest = row[0];
    for (std::int64_t i = 1; i < y.width; ++i)
      largest = row[i] > largest ? row[i] : largest;
    float sum = 0;
    for (std::int64_t i = 0; i < y.width; i += N) {
      const auto e = cpu::exponential<N>(simd<N>::load(row + i) - largest);
      for (std::int64_t j = 0; j < N && i + j < y.width; ++j)
        sum += e[j];
    }
    const float all = largest + __builtin_logf(sum);
    for (std::int64_t i = 0; i < y.width; ++i)
      row[i] -= all;
  }
}

template <int N>
void softmax_back(const float* y, const rows_view& dy, bool logarithm) {
  using v = typename simd<N>::floats;
  for (std::int64_t r = 0; r < dy.rows; ++r) {
    const float* value = y + r * dy.stride;
    float* d = dy.data + r * dy.stride;
    v sums{};
    for (std::int64_t i = 0; i < dy.stride; i += N)
      sums += logarithm ? simd<N>::load(d + i) : simd<N>::load(d + i) * simd<N>::load(value + i);
    const float sum = sum_of_lanes<N>(sums);
    for (std::int64_t i = 0; i < dy.stride; i += N) {
      const v yi = simd<N>::load(value + i), di = simd<N>::load(d + i);
      simd<N>::store(d + i, logarithm ? di - cpu::exponential<N>(yi) * sum : yi * (di - sum));
    }
    clear_padding<N>(d, dy.width, dy.stride);
  }
}

template <int N>
struct word_vector {
  typedef std::uint32_t type __attribute__((vector_size(N * 4)));
};

/// The finaliser "lowbias32" of C. Wellons' hash prospector.
template <class Words>
LEPTON_INLINE Words mix(Words x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

template <int N>
void dropout(const dropout_call& call) {
  using words = typename word_vector<N>::type;
  using v = typename simd<N>::floats;
  using ints = typename simd<N>::ints;
  const auto first = static_cast<std::uint32_t>(call.key);
  const auto second = static_cast<std::uint32_t>(call.key >> 32);
  words at;
  for (int i = 0; i < N; ++i)
    at[i] = static_cast<std::uint32_t>(i);
  const std::int64_t count = call.x.rows * call.x.stride;
  for (std::int64_t i = 0; i < count; i += N) {
    const words place = at + static_cast<std::uint32_t>(i);
    const words drawn = mix(mix(place + first) ^ second) >> 8;
    ints keep;
    std::memcpy(&keep, &drawn, sizeof keep);
    const v x = simd<N>::load(call.x.data + i);
    simd<N>::store(call.x.data + i,
                   keep >= static_cast<std::int32_t>(call.drop) ? x * call.scale : v{});
  }
}

template <int N>
void add_rows(const rows_view& x, float* sum) {
  using v = typename simd<N>::floats;
  for (std::int64_t i = 0; i < x.stride; i += N) {
    v a{}, b{};
    std::int64_t r = 0;
    for (; r + 2 <= x.rows; r += 2) {
      a += simd<N>::load(x.data + r * x.stride + i);
      b += simd<N>::load(x.data + (r + 1) * x.stride + i);
    }
    if (r < x.rows)
      a += simd<N>::load(x.data + r * x.stride + i);
    simd<N>::store(sum + i, simd<N>::load(sum + i) + (a + b));
  }
}

} // namespace
} // namespace lepton::kernels::train
