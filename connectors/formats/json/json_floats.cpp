#include "connectors/formats/json/json_floats.hpp"

#include "connectors/formats/json/json_blocks.hpp"
#include "connectors/formats/json/json_number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lepton::connectors {

namespace {

constexpr std::size_t unrolled = 12; // a 64-byte block of features rarely has more separators

bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// One number alone between `p` and the separator at `end`, with spaces around it.
bool read_one(const char* p, const char* end, float& out) noexcept {
  while (is_space(*p))
    ++p;
  json_number number;
  const auto scan = read_number(p, number);
  if (!scan.ok())
    return false;
  for (p = scan.at; is_space(*p);)
    ++p;
  double value = 0;
  if (p != end || to_double(number, value) != number_fault::none)
    return false;
  out = static_cast<float>(value);
  return !std::isinf(out);
}

bool read_each(const char* p, const std::uint32_t* begins, int count, float* out) noexcept {
  for (int i = 0; i < count; ++i)
    if (!read_one(p + (begins[i] + 1), p + begins[i + 1], out[i]))
      return false;
  return true;
}

#if defined(__SSE4_1__)

constexpr int no_point = 8;
constexpr int most_digits = 7;  // 9999999 is exact in a float
constexpr int most_length = 15; // that the tables tell apart

/// By digits after the point (or no_point) and length without sign of a number that ends with its
/// block: the shuffle that leaves 8 digits without point, with zeros in front; the power of ten to
/// divide by, negative if these two cannot be; and the digit that may not come first, if any.
struct tables {
  static constexpr int rows = (no_point + 1) * (most_length + 1);
  alignas(16) std::uint8_t shuffle[rows][16];
  float power[rows];
  char forbidden[rows];
  std::uint8_t fraction[256]; ///< by the mask of points in the last 8 bytes
};

constexpr void fill_row(tables& t, int fraction, int length) {
  const int row = fraction * (most_length + 1) + length;
  const bool has_point = fraction != no_point;
  const int digits = length - (has_point ? 1 : 0);
  const int after = has_point ? fraction : 0;
  const bool good = digits <= most_digits && digits - after >= 1 && (!has_point || after >= 1);
  t.power[row] = good ? 1.0f : -1.0f;
  for (int i = 0; i < after; ++i)
    t.power[row] *= 10;
  t.forbidden[row] = digits - after > 1 ? '0' : '\0';
  for (int i = 0; i < 16; ++i) {
    const int from = 8 + i - (has_point && i < 8 - after ? 1 : 0);
    t.shuffle[row][i] = static_cast<std::uint8_t>(i < 8 && i >= 8 - digits ? from : 0x80);
  }
}

constexpr tables make_tables() {
  tables t{};
  for (int fraction = 0; fraction <= no_point; ++fraction)
    for (int length = 0; length <= most_length; ++length)
      fill_row(t, fraction, length);
  for (int mask = 0; mask < 256; ++mask) {
    int fraction = 0;
    while (fraction < 8 && !(mask >> (7 - fraction) & 1))
      ++fraction;
    t.fraction[mask] = static_cast<std::uint8_t>(fraction);
  }
  return t;
}
constexpr tables table = make_tables();

struct element {
  __m128i digits; ///< 8 digit values in the low half
  float power;    ///< negative: not of the common shape
  std::uint32_t sign;
  bool leading_zero;
};

[[gnu::always_inline]] inline element look_at(const char* begin, const char* end) noexcept {
  begin += *begin == ' ';
  const std::uint32_t negative = *begin == '-';
  begin += negative;
  const auto text = json_blocks::simd::load(end - 16);
  const auto points = json_blocks::simd::bits(_mm_cmpeq_epi8(text, _mm_set1_epi8('.')));
  const auto length = std::min(static_cast<std::size_t>(end - begin), std::size_t{most_length});
  std::size_t fraction = table.fraction[points >> 8];
  fraction = fraction < length ? fraction : no_point;
  const auto row = fraction * (most_length + 1) + length;
  const auto values = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  return {_mm_shuffle_epi8(values, json_blocks::simd::table_row(table.shuffle[row])),
          table.power[row], negative << 31, *begin == table.forbidden[row]};
}

/// Four numbers; false if one of them is not of at most 7 digits in plain notation.
inline bool read_four(const char* p, const std::uint32_t* begins, float* out) noexcept {
  const auto a = look_at(p + (begins[0] + 1), p + begins[1]);
  const auto b = look_at(p + (begins[1] + 1), p + begins[2]);
  const auto c = look_at(p + (begins[2] + 1), p + begins[3]);
  const auto d = look_at(p + (begins[3] + 1), p + begins[4]);
  const auto ab = _mm_unpacklo_epi64(a.digits, b.digits);
  const auto cd = _mm_unpacklo_epi64(c.digits, d.digits);
  const auto nine = _mm_set1_epi8(9);
  const auto no_digits = _mm_or_si128(_mm_subs_epu8(ab, nine), _mm_subs_epu8(cd, nine));
  const auto powers = _mm_setr_ps(a.power, b.power, c.power, d.power);
  const bool leading_zero = a.leading_zero | b.leading_zero | c.leading_zero | d.leading_zero;
  if (leading_zero || _mm_movemask_ps(powers) != 0 || !_mm_testz_si128(no_digits, no_digits))
      [[unlikely]]
    return false;
  const auto tens = _mm_set1_epi16(1 << 8 | 10);
  const auto hundreds = _mm_set1_epi32(1 << 16 | 100);
  const auto quads = _mm_packus_epi32(_mm_madd_epi16(_mm_maddubs_epi16(ab, tens), hundreds),
                                      _mm_madd_epi16(_mm_maddubs_epi16(cd, tens), hundreds));
  const auto whole = _mm_madd_epi16(quads, _mm_set1_epi32(1 << 16 | 10000));
  const auto signs = _mm_setr_epi32(static_cast<int>(a.sign), static_cast<int>(b.sign),
                                    static_cast<int>(c.sign), static_cast<int>(d.sign));
  const auto value = _mm_div_ps(_mm_cvtepi32_ps(whole), powers);
  _mm_storeu_ps(out, _mm_or_ps(value, _mm_castsi128_ps(signs)));
  return true;
}

#else

bool read_four(const char* p, const std::uint32_t* begins, float* out) noexcept {
  return read_each(p, begins, 4, out);
}

#endif

} // namespace

bool float_list_reader::find_separators(const char* p, const char* end, std::size_t count) {
  separators_.resize(1 + count + 64 + unrolled);
  auto* const found = separators_.data();
  found[0] = static_cast<std::uint32_t>(-1); // so that each number begins behind a separator
  std::size_t n = 1;
  for (std::uint32_t at = 0; n <= count; at += 64) {
    if (p + at >= end)
      return false;
    auto mask = json_blocks::best::separators(p + at);
    const auto here = static_cast<std::size_t>(std::popcount(mask));
    for (std::size_t i = 0; i < unrolled; ++i, mask &= mask - 1)
      found[n + i] = at + json_blocks::first_bit(mask | 1ull << 63);
    for (std::size_t i = unrolled; i < here; ++i, mask &= mask - 1) [[unlikely]]
      found[n + i] = at + json_blocks::first_bit(mask);
    n += here;
  }
  char others = 0;
  for (std::size_t i = 1; i < count; ++i)
    others = static_cast<char>(others | (p[found[i]] ^ ','));
  return others == 0 && p[found[count]] == ']';
}

const char* float_list_reader::read(const char* p, const char* end, float* out, int count) {
  if (!find_separators(p, end, static_cast<std::size_t>(count)))
    return nullptr;
  const auto* begins = separators_.data();
  int i = 0;
  for (; i + 4 <= count; i += 4)
    if (!read_four(p, begins + i, out + i) && !read_each(p, begins + i, 4, out + i)) [[unlikely]]
      return nullptr;
  if (!read_each(p, begins + i, count - i, out + i))
    return nullptr;
  return p + (begins[count] + 1);
}

} // namespace lepton::connectors
