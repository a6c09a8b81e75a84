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

/// The bit that answers for x in every set of a feature.
inline std::uint32_t category_bit(const categories_view& all, float x) {
  if (x != x)
    return all.words * 32 - 1;
  const std::uint32_t none = all.words * 32 - 2;
  if (!(x > all.above && x < 16777216.0f))
    return none;
  const auto category = static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
  return category < none ? category : none;
}

#if defined(__AVX512F__)

/// Up to 16 words of a set are one register, in which 16 rows look up theirs at once.
inline void encode_small_sets(const categories_view& all, const std::uint32_t* bit,
                              std::uint8_t* codes) {
  __m512i word[4], wanted[4];
  for (int i = 0; i < 4; ++i) {
    const __m512i at = _mm512_loadu_si512(bit + 16 * i);
    word[i] = _mm512_srli_epi32(at, 5);
    wanted[i] =
        _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_and_si512(at, _mm512_set1_epi32(31)));
  }
  for (std::int64_t s = 0; s < all.set_count; ++s) {
    const __m512i set = _mm512_loadu_si512(all.bits + s * all.words);
    std::uint64_t outside = 0;
    for (int i = 0; i < 4; ++i) {
      const __m512i found = _mm512_permutexvar_epi32(word[i], set);
      const auto mask = _mm512_testn_epi32_mask(found, wanted[i]);
      outside |= static_cast<std::uint64_t>(mask) << 16 * i;
    }
    _mm512_storeu_si512(codes + s * block_avx512, _mm512_maskz_set1_epi8(outside, 1));
  }
}

#endif

template <int N>
void encode_categories(const trees_view& model, const categories_view& all, const float* x,
                       std::int64_t rows, std::uint8_t* codes) {
  std::uint32_t bit[N] = {};
  for (std::int64_t i = 0; i < rows; ++i)
    bit[i] = category_bit(all, x[i * model.inputs + all.feature]);
  codes += all.first_column * N;
#if defined(__AVX512F__)
  if (all.words <= 16 && rows > 4)
    return encode_small_sets(all, bit, codes);
#endif
  for (std::int64_t s = 0; s < all.set_count; ++s, codes += N) {
    const std::uint32_t* set = all.bits + s * all.words;
    for (std::int64_t i = 0; i < rows; ++i)
      codes[i] = static_cast<std::uint8_t>(~(set[bit[i] / 32] >> bit[i] % 32) & 1u);
  }
}

/// `codes` is [columns][N]; rows beyond `rows` get codes without meaning.
template <int N>
void encode(const trees_view& model, const float* x, std::int64_t rows, std::uint8_t* codes) {
  for (std::int64_t f = 0; f < model.feature_count; ++f)
    encode_feature<N>(model, model.features[f], x, rows, codes);
  for (std::int64_t e = 0; e < model.equal_count; ++e) {
    const auto& test = model.equals[e];
    std::uint8_t* to = codes + test.column * N;
    for (std::int64_t i = 0; i < rows; ++i) {
      const float value = x[i * model.inputs + test.feature];
      const bool yes = value != value ? test.missing_is_yes : value == test.value;
      to[i] = yes ? 0 : 1;
    }
    std::memset(to + rows, 0, static_cast<std::size_t>(N - rows));
  }
  for (std::int64_t c = 0; c < model.category_count; ++c)
    encode_categories<N>(model, model.categories[c], x, rows, codes);
}

} // namespace
} // namespace lepton::kernels::trees
