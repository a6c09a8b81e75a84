#pragma once

#include "core/batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::kernels {

/// One column that feeds a model.
struct feature {
  std::string name;
  std::size_t column = 0; ///< its place in the input's schema
  core::data_type type;
  float impute = 0; ///< stands in for what is missing, in every element of a list

  std::int64_t width() const noexcept { return type.list_size == 0 ? 1 : type.list_size; }
};

/// True if a model can take a column of that type: bool, numbers, timestamp_ms and float32[N].
bool is_feature(core::data_type type) noexcept;

/// Copies columns into the rows of a matrix of float32, one feature after the other. Immutable.
/// Does not decide what to do about missing values: a null becomes a NaN.
class feature_gather {
public:
  explicit feature_gather(std::vector<feature> features);

  const std::vector<feature>& features() const noexcept { return features_; }
  std::int64_t width() const noexcept { return width_; } ///< numbers of one row

  /// Rows [first, first + count) of `from` to `x`, [count, width()] without gaps. Bools become 0
  /// and 1, other types the nearest float32.
  void gather(const core::batch& from, std::int64_t first, std::int64_t count, float* x) const;

  /// Puts the features' substitutes in place of what is not finite in one gathered row.
  void impute(float* row) const noexcept;

  /// What is wrong with a gathered row that is not all finite, without the value: "feature `f[3]`
  /// is NaN". `from` and `source_row` say whether it was null. With `nan_is_good` the first that is
  /// infinite.
  std::string fault(const core::batch& from, std::int64_t source_row, const float* row,
                    bool nan_is_good = false) const;

private:
  std::vector<feature> features_;
  std::int64_t width_ = 0;
};

/// True if none of `count` values is NaN or infinite.
bool all_finite(const float* values, std::int64_t count) noexcept;
/// True if none of `count` values is infinite.
bool none_infinite(const float* values, std::int64_t count) noexcept;

} // namespace lepton::kernels
