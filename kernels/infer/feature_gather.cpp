#include "kernels/infer/feature_gather.hpp"

#include "kernels/cpu/simd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lepton::kernels {

namespace {

/// Rows that stay in the first-level cache while one column after the other is written into them.
constexpr std::int64_t block_rows = 64;

/// Where a column's values go: the first of them, and from one row to the next.
struct strided {
  float* to;
  std::int64_t stride;
};

template <class T>
void copy_values(const core::column& from, std::int64_t first, std::int64_t count, strided out) {
  const T* in = from.values.as<T>() + first;
  for (std::int64_t i = 0; i < count; ++i)
    out.to[i * out.stride] = static_cast<float>(in[i]);
}

void copy_bits(const core::column& from, std::int64_t first, std::int64_t count, strided out) {
  for (std::int64_t i = 0; i < count; ++i)
    out.to[i * out.stride] = from.boolean_at(first + i) ? 1.0f : 0.0f;
}

void copy_lists(const core::column& from, std::int64_t first, std::int64_t count, strided out) {
  const std::int64_t width = from.type.list_size;
  const float* in = from.values.as<float>() + first * width;
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(out.to + i * out.stride, in + i * width,
                static_cast<std::size_t>(width) * sizeof(float));
}

void copy(const core::column& from, std::int64_t first, std::int64_t count, strided out) {
  switch (from.type.id) {
    case core::type_id::boolean: return copy_bits(from, first, count, out);
    case core::type_id::int32: return copy_values<std::int32_t>(from, first, count, out);
    case core::type_id::int64:
    case core::type_id::timestamp_ms: return copy_values<std::int64_t>(from, first, count, out);
    case core::type_id::float32: return copy_values<float>(from, first, count, out);
    case core::type_id::float64: return copy_values<double>(from, first, count, out);
    case core::type_id::float32_list: return copy_lists(from, first, count, out);
    case core::type_id::string:
    case core::type_id::binary: break;
  }
  LEPTON_ASSERT(false);
}

void mark_nulls(const core::column& from, std::int64_t first, std::int64_t count,
                std::int64_t width, strided out) {
  for (std::int64_t i = 0; i < count; ++i)
    if (!from.valid(first + i))
      std::fill_n(out.to + i * out.stride, width, std::numeric_limits<float>::quiet_NaN());
}

} // namespace

bool is_feature(core::data_type type) noexcept {
  return !type.is_variable_size();
}

feature_gather::feature_gather(std::vector<feature> features) : features_{std::move(features)} {
  for (const auto& f : features_)
    width_ += f.width();
}

void feature_gather::gather(const core::batch& from, std::int64_t first, std::int64_t count,
                            float* x) const {
  for (std::int64_t done = 0; done < count; done += block_rows) {
    const auto rows = std::min(block_rows, count - done);
    float* at = x + done * width_;
    for (const auto& f : features_) {
      const auto& column = from[f.column];
      copy(column, first + done, rows, {at, width_});
      if (column.null_count != 0)
        mark_nulls(column, first + done, rows, f.width(), {at, width_});
      at += f.width();
    }
  }
}

void feature_gather::impute(float* row) const noexcept {
  for (const auto& f : features_)
    for (std::int64_t i = 0; i < f.width(); ++i, ++row)
      *row = std::isfinite(*row) ? *row : f.impute;
}

std::string feature_gather::fault(const core::batch& from, std::int64_t source_row,
                                  const float* row, bool nan_is_good) const {
  for (const auto& f : features_) {
    for (std::int64_t i = 0; i < f.width(); ++i, ++row) {
      if (std::isfinite(*row) || (nan_is_good && std::isnan(*row)))
        continue;
      if (!from[f.column].valid(source_row))
        return fmt::format("feature `{}` is null", f.name);
      const auto element = f.type.list_size == 0 ? std::string{} : fmt::format("[{}]", i);
      return fmt::format("feature `{}{}` is {}", f.name, element,
                         std::isnan(*row) ? "NaN" : "infinite or too large for float32");
    }
  }
  return "all features are finite";
}

bool all_finite(const float* values, std::int64_t count) noexcept {
  using ints = cpu::simd<4>::ints;
  // The exponent of all that is not finite has every bit set.
  constexpr std::int32_t magnitude = 0x7fffffff, largest = 0x7f7fffff;
  ints found{};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    ints bits;
    std::memcpy(&bits, values + i, sizeof bits);
    found |= (bits & magnitude) > largest;
  }
  bool good = (found[0] | found[1] | found[2] | found[3]) == 0;
  for (; i < count; ++i)
    good = good && std::isfinite(values[i]);
  return good;
}

bool none_infinite(const float* values, std::int64_t count) noexcept {
  return std::none_of(values, values + count, [](float v) { return std::isinf(v); });
}

} // namespace lepton::kernels
