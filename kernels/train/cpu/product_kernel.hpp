#pragma once

#include "kernels/cpu/simd.hpp"
#include "kernels/train/cpu/train_ops.hpp"

// Matrix products. Included only by train_ops_<target>.cpp.

namespace lepton::kernels::train {
namespace {

using cpu::simd;

/// Rows x (Vectors * N) results that stay in registers over the whole inner dimension.
template <int N, int Rows, int Vectors>
void product_tile(const product& p, const float* a, const float* b, float* c, const float* bias) {
  using v = typename simd<N>::floats;
  v sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j)
      sum[i][j] = p.accumulate ? simd<N>::load(c + i * p.c_row + j * N)
                  : bias       ? simd<N>::load(bias + j * N)
                               : v{};
  const std::int64_t a_row = p.a_row, a_column = p.a_column, b_row = p.b_row;
  for (std::int64_t s = 0; s < p.segments; ++s) {
    const float* x = a + s * p.a_segment;
    const float* w = b + s * p.b_segment;
    for (std::int64_t k = 0; k < p.depth; ++k, x += a_column, w += b_row) {
      v row[Vectors];
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j)
        row[j] = simd<N>::load(w + j * N);
#pragma GCC unroll 16
      for (int i = 0; i < Rows; ++i) {
        const v value = simd<N>::all(x[i * a_row]);
#pragma GCC unroll 4
        for (int j = 0; j < Vectors; ++j)
          sum[i][j] += value * row[j];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) {
      // Written so that a NaN stays one: the comparison is false for it.
      const v value = p.rectify ? (sum[i][j] < 0.0f ? v{} : sum[i][j]) : sum[i][j];
      simd<N>::store(c + i * p.c_row + j * N, value);
    }
}

/// All rows of `Vectors` vectors of columns.
template <int N, int Vectors>
void product_panel(const product& p, const float* b, float* c, const float* bias) {
  constexpr int most = N == 16 ? 8 : 6;
  std::int64_t row = 0;
  const auto run = [&]<int Rows>() __attribute__((always_inline)) {
    for (; p.rows - row >= Rows; row += Rows)
      product_tile<N, Rows, Vectors>(p, p.a + row * p.a_row, b, c + row * p.c_row, bias);
  };
  run.template operator()<most>();
  if constexpr (most > 6)
    run.template operator()<6>();
  run.template operator()<4>();
  run.template operator()<2>();
  run.template operator()<1>();
}

/// Copies B' [columns][depth] to [depth][width]; columns beyond `count` are zero.
inline void pack_transposed(const float* b, std::int64_t b_row, std::int64_t depth,
                            std::int64_t count, std::int64_t width, float* to) {
  if (count < width)
    std::memset(to, 0, static_cast<std::size_t>(depth * width) * sizeof(float));
  for (std::int64_t k = 0; k < depth; k += 16) {
    const std::int64_t end = k + 16 < depth ? k + 16 : depth;
    for (std::int64_t j = 0; j < count; ++j)
      for (std::int64_t i = k; i < end; ++i)
        to[i * width + j] = b[j * b_row + i];
  }
}

template <int N, int Vectors>
void packed_panel(product p, std::int64_t column, const float* bias) {
  const float* b = p.b + column;
  if (p.transposed_columns > 0) {
    const std::int64_t left = p.transposed_columns - column;
    const std::int64_t count = left < 0 ? 0 : left < Vectors * N ? left : Vectors * N;
    pack_transposed(p.b + column * p.b_row, p.b_row, p.depth, count, Vectors * N, p.pack);
    b = p.pack;
    p.b_row = Vectors * N;
  }
  product_panel<N, Vectors>(p, b, p.c + column, bias ? bias + column : nullptr);
}

/// All columns for one piece of the inner dimension.
template <int N>
void product_piece(const product& p) {
  std::int64_t column = 0;
  for (; p.columns - column >= 2 * N; column += 2 * N)
    packed_panel<N, 2>(p, column, p.bias);
  if (column < p.columns)
    packed_panel<N, 1>(p, column, p.bias);
}

/// Long inner dimensions go in pieces whose part of B stays in the cache.
template <int N>
void multiply(const product& p) {
  constexpr std::int64_t most = 512;
  if (p.segments > 1 || p.depth <= most)
    return product_piece<N>(p);
  product part = p;
  for (std::int64_t k = 0; k < p.depth; k += most) {
    const bool last = k + most >= p.depth;
    part.depth = last ? p.depth - k : most;
    part.a = p.a + k * p.a_column;
    part.b = p.b + k * (p.transposed_columns > 0 ? 1 : p.b_row);
    part.accumulate = p.accumulate || k > 0;
    part.bias = k > 0 ? nullptr : p.bias;
    part.rectify = p.rectify && last;
    product_piece<N>(part);
  }
}

inline void transpose(const float* from, std::int64_t rows, std::int64_t columns,
                      std::int64_t from_row, float* to, std::int64_t to_row) {
  for (std::int64_t r = 0; r < rows; r += 16) {
    const std::int64_t end = r + 16 < rows ? r + 16 : rows;
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t i = r; i < end; ++i)
        to[c * to_row + i] = from[i * from_row + c];
  }
}

} // namespace
} // namespace lepton::kernels::train
