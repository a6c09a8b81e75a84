#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lepton::kernels::stream {

/// One number of a sparse row: a place among the weights and a value.
struct hashed_feature {
  std::uint32_t index = 0;
  float value = 0;
};

struct logistic_options {
  int bits = 18;      ///< 2^bits weights, 12 bytes each; 8 to 28
  float alpha = 0.1f; ///< how fast it learns
  float beta = 1;
  float l1 = 0; ///< larger: more weights are exactly zero
  float l2 = 0;
  /// Above 0: what a weight learned with counts less and less for its rate, as if only about so
  /// many of its last rows had come, so that it follows a stream that changes; 0 = all count alike.
  float memory = 0;
};

/// Logistic regression over hashed features, learned row by row with FTRL-proximal (McMahan et al.,
/// KDD 2013), each weight with a rate of its own (see logistic_options::memory for what differs).
/// Features that fall on one place share a weight. Does not scale: see running_scaler. One thread.
class hashed_logistic {
public:
  /// Errors: invalid_argument for options out of their range.
  static core::result<hashed_logistic> make(const logistic_options& options);

  /// The place of a number of column `column`; its value goes into hashed_feature::value.
  std::uint32_t place(std::uint64_t column) const noexcept;
  /// The place of a category of a column; its value is 1.
  std::uint32_t place(std::uint64_t column, std::string_view category) const noexcept;
  /// The constant 1, which a row should have.
  hashed_feature bias() const noexcept { return {place(~std::uint64_t{0}), 1.0f}; }

  /// Probability of the label 1.
  double predict(std::span<const hashed_feature> row) const noexcept;
  /// Scores the row, then learns from it; returns the score from before. A value that is not finite
  /// counts as 0. A row weight that is negative or not finite counts as 0.
  double learn(std::span<const hashed_feature> row, bool label, float weight = 1) noexcept;

  std::int64_t rows() const noexcept { return rows_; }
  std::size_t used_weights() const noexcept;

  std::vector<std::uint8_t> snapshot() const;
  /// Errors: malformed, unsupported, invalid_argument (other options); nothing is changed then.
  core::result<void> restore(std::span<const std::uint8_t> bytes);

private:
  /// Together, because they are always used together.
  struct weight {
    float w = 0, z = 0, n = 0;
  };

  explicit hashed_logistic(const logistic_options& options);
  float score(std::span<const hashed_feature> row) const noexcept;

  logistic_options options_;
  std::uint32_t mask_;
  std::vector<weight> weights_;
  std::int64_t rows_ = 0;
};

} // namespace lepton::kernels::stream
