#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

/// Looks at 16 or 64 bytes at once. Two versions with the same results: `portable` for any CPU, and
/// `simd` for SSE4.1, which every x86-64 build of Lepton has. Bit i of a mask stands for byte i.
/// All functions read their whole block, whatever is in it.
namespace lepton::connectors::json_blocks {

/// Digits and decimal points in 16 bytes.
struct number_masks {
  std::uint32_t digits;
  std::uint32_t points;
};

/// The lowest bit that is set; `mask` is not 0. (std::countr_zero would test for 0 each time:
/// without BMI in the build's target it has to.)
inline unsigned first_bit(std::uint64_t mask) noexcept {
#if defined(__GNUC__)
  return static_cast<unsigned>(__builtin_ctzll(mask));
#else
  return static_cast<unsigned>(std::countr_zero(mask));
#endif
}

namespace portable {

template <class Predicate>
std::uint64_t mask_of(const char* p, int count, Predicate is) {
  std::uint64_t mask = 0;
  for (int i = 0; i < count; ++i)
    mask |= static_cast<std::uint64_t>(is(static_cast<unsigned char>(p[i]))) << i;
  return mask;
}

/// Bytes at which plain ASCII text of a string stops: '"', '\', below 0x20, above 0x7f.
inline std::uint32_t string_stops(const char* p) {
  return static_cast<std::uint32_t>(
      mask_of(p, 16, [](unsigned c) { return c == '"' || c == '\\' || c < 0x20 || c >= 0x80; }));
}

inline void copy(char* to, const char* from) {
  std::memcpy(to, from, 16);
}

inline std::uint32_t equal(const char* a, const char* b) {
  std::uint32_t mask = 0;
  for (int i = 0; i < 16; ++i)
    mask |= static_cast<std::uint32_t>(a[i] == b[i]) << i;
  return mask;
}

inline number_masks numbers(const char* p) {
  return {static_cast<std::uint32_t>(mask_of(p, 16, [](unsigned c) { return c - '0' < 10; })),
          static_cast<std::uint32_t>(mask_of(p, 16, [](unsigned c) { return c == '.'; }))};
}

/// Commas and closing brackets in 64 bytes.
inline std::uint64_t separators(const char* p) {
  return mask_of(p, 64, [](unsigned c) { return c == ',' || c == ']'; });
}

/// The `count` (1..16) digits at p, without the decimal point at p[point]
/// (0..16; none of them if point is count). All of it lies in 16 bytes.
inline std::uint64_t to_integer(const char* p, unsigned count, unsigned point) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i)
    value = value * 10 + static_cast<std::uint64_t>(p[i + (i >= point)] - '0');
  return value;
}

} // namespace portable

#if defined(__SSE4_1__)
namespace simd {

inline __m128i load(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
inline std::uint32_t bits(__m128i v) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(v));
}

inline std::uint32_t stops_of(__m128i v) {
  // Signed: bytes above 0x7f are below 0x20 too.
  const auto special = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
  const auto quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
  const auto slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
  return bits(_mm_or_si128(special, _mm_or_si128(quote, slash)));
}

inline std::uint32_t string_stops(const char* p) {
  return stops_of(load(p));
}

inline void copy(char* to, const char* from) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), load(from));
}

inline std::uint32_t equal(const char* a, const char* b) {
  return bits(_mm_cmpeq_epi8(load(a), load(b)));
}

inline number_masks numbers(const char* p) {
  const auto v = load(p);
  const auto value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
  return {bits(_mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value)),
          bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')))};
}

inline std::uint64_t separators(const char* p) {
  std::uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    const auto v = load(p + 16 * i);
    const auto found =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')), _mm_cmpeq_epi8(v, _mm_set1_epi8(']')));
    mask |= static_cast<std::uint64_t>(bits(found)) << (16 * i);
  }
  return mask;
}

/// Shuffles that close the gap of a point at 0..16 (row) and that move `count` bytes to the right
/// end of the block (from 16 - count on).
struct digit_shuffles {
  alignas(16) std::uint8_t without_point[17][16];
  alignas(16) std::uint8_t to_right[17][16];
};
constexpr digit_shuffles make_digit_shuffles() {
  digit_shuffles s{};
  for (int row = 0; row < 17; ++row)
    for (int i = 0; i < 16; ++i) {
      const int from = i < row ? i : i + 1;
      s.without_point[row][i] = static_cast<std::uint8_t>(from < 16 ? from : 0x80);
      s.to_right[row][i] = static_cast<std::uint8_t>(i >= 16 - row ? i - (16 - row) : 0x80);
    }
  return s;
}
inline constexpr digit_shuffles shuffles = make_digit_shuffles();

inline __m128i table_row(const std::uint8_t* row) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(row));
}

inline std::uint64_t to_integer(const char* p, unsigned count, unsigned point) {
  auto v = _mm_sub_epi8(load(p), _mm_set1_epi8('0'));
  v = _mm_shuffle_epi8(v, table_row(shuffles.without_point[point]));
  v = _mm_shuffle_epi8(v, table_row(shuffles.to_right[count]));
  v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
  v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
  v = _mm_madd_epi16(_mm_packus_epi32(v, v), _mm_set1_epi32(1 << 16 | 10000));
  const auto halves = static_cast<std::uint64_t>(_mm_cvtsi128_si64(v));
  return (halves & 0xffffffff) * 100000000 + (halves >> 32);
}

} // namespace simd
namespace best = simd;
#else
namespace best = portable;
#endif

} // namespace lepton::connectors::json_blocks
