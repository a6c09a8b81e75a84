#pragma once

#include "kernels/trees/trees_view.hpp"

#include <cstring>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// Features to codes, for one block of N rows. Everything is in an unnamed namespace on purpose, see
// kernels/cpu/simd.hpp.

namespace lepton::kernels::trees {
namespace {

/// The largest number that LightGBM takes for zero.
constexpr float tiny = 1e-35f;

/// How many of the feature's thresholds are below x; 0 for NaN.
[[gnu::always_inline]] inline std::int32_t rank_of(const feature_view& f, float x) {
#if defined(__AVX512F__)
  const __m512 value = _mm512_set1_ps(x);
  std::uint32_t at = 0;
  for (int level = f.level_count - 1; level >= 0; --level) {
    const __m512 sixteen = _mm512_loadu_ps(f.levels[level] + at * 16);
    const auto less = _mm512_cmp_ps_mask(sixteen, value, _CMP_LT_OQ);
    at = at * 16 + static_cast<std::uint32_t>(__builtin_popcount(less));
  }
  return static_cast<std::int32_t>(at);
#else
  const float* sorted = f.levels[0];
  std::int64_t at = 0;
  for (std::int64_t half = f.padded / 2; half != 0; half /= 2)
    at += sorted[at + half - 1] < x ? half : 0;
  return static_cast<std::int32_t>(at);
#endif
}

template <int N>
void encode_feature(const trees_view& model, const feature_view& f, const float* x,
                    std::int64_t rows, std::uint8_t* codes) {
  float value[N];
  std::int32_t rank[N];
  bool odd = false; // zero or NaN: what may be missing
  for (std::int64_t i = 0; i < rows; ++i) {
    value[i] = x[i * model.inputs + f.feature];
    rank[i] = rank_of(f, value[i]);
    odd = odd || !(value[i] < -tiny || value[i] > tiny);
  }
  for (std::int64_t i = rows; i < N; ++i)
    value[i] = 1, rank[i] = 0;
  for (std::int64_t c = f.first_column; c < f.first_column + f.column_count; ++c) {
    const auto column = model.column_views[c];
    std::uint8_t* to = codes + c * N;
    for (int i = 0; i < N; ++i) {
      std::int32_t code = rank[i] - column.first;
      code = code < 0 ? 0 : code;
      to[i] = static_cast<std::uint8_t>(code > column_thresholds ? column_thresholds : code);
    }
    if (!odd)
      continue;
    const float near_zero = column.zero_is_missing ? tiny : -1.0f;
    for (int i = 0; i < N; ++i) {
      const bool is_zero = value[i] >= -near_zero && value[i] <= near_zero;
      to[i] = value[i] != value[i] || is_zero ? column.missing : to[i];
    }
  }
}

inline bool is_yes(const special_view& test, float x) {
  if (x != x)
    return test.missing_is_yes;
  if (!test.bits)
    return x == test.equal;
  if (!(x > test.above && x < 16777216.0f))
    return false;
  const auto category = static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
  return category < test.bit_count && (test.bits[category / 32] >> category % 32 & 1u) != 0;
}

/// `codes` is [columns][N]; rows beyond `rows` get codes without meaning.
template <int N>
void encode(const trees_view& model, const float* x, std::int64_t rows, std::uint8_t* codes) {
  for (std::int64_t f = 0; f < model.feature_count; ++f)
    encode_feature<N>(model, model.features[f], x, rows, codes);
  for (std::int64_t s = 0; s < model.special_count; ++s) {
    const auto& test = model.specials[s];
    std::uint8_t* to = codes + test.column * N;
    for (std::int64_t i = 0; i < rows; ++i)
      to[i] = is_yes(test, x[i * model.inputs + test.feature]) ? 0 : 1;
    std::memset(to + rows, 0, static_cast<std::size_t>(N - rows));
  }
}

} // namespace
} // namespace lepton::kernels::trees
