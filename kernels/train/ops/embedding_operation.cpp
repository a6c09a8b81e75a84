#include "kernels/train/ops/embedding_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace lepton::kernels::train {

namespace {

/// Row 0 stands for everything that is no number of the table.
std::int64_t row_of(float value, std::int64_t cardinality) {
  return value >= 0 && value < static_cast<float>(cardinality) ? static_cast<std::int64_t>(value)
                                                               : 0;
}

} // namespace

std::int64_t embedding_operation::outputs(std::int64_t features,
                                          const std::vector<embedded_column>& columns) {
  for (const auto& c : columns)
    features += c.dimension - 1;
  return features;
}

embedding_operation::embedding_operation(const tensor_shape& in,
                                         const std::vector<embedded_column>& columns)
    : operation{
          in, {1, 1, outputs(in.channels, columns), padded(outputs(in.channels, columns)), true}} {
  for (std::int64_t i = 0; i < in.channels; ++i)
    if (std::none_of(columns.begin(), columns.end(), [&](auto& c) { return c.column == i; }))
      numeric_.push_back(i);
  auto output = static_cast<std::int64_t>(numeric_.size());
  for (const auto& c : columns) {
    tables_.push_back({c, count_, output});
    output += c.dimension;
    count_ += c.cardinality * c.dimension;
  }
}

memory_need embedding_operation::need(std::int64_t) const {
  return {.weights = padded(count_)};
}

void embedding_operation::bind(const memory_grant& grant) {
  weights_ = grant.weights;
  gradients_ = grant.gradients;
}

/// Normal with a deviation of 1, as PyTorch's Embedding; by Box and Muller.
void embedding_operation::initialise(counter_random& random) {
  for (std::int64_t i = 0; i < count_; ++i) {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    weights_[i] = static_cast<float>(radius * std::cos(2 * std::numbers::pi * random.uniform()));
  }
}

void embedding_operation::forward(const pass& p, const float* x, float* y) {
  for (std::int64_t r = 0; r < p.rows; ++r, x += in().stride, y += out().stride) {
    for (std::size_t i = 0; i < numeric_.size(); ++i)
      y[i] = x[numeric_[i]];
    for (const auto& t : tables_)
      std::memcpy(y + t.output,
                  weights_ + t.weights + row_of(x[t.of.column], t.of.cardinality) * t.of.dimension,
                  static_cast<std::size_t>(t.of.dimension) * sizeof(float));
    std::memset(y + out().channels, 0,
                static_cast<std::size_t>(out().stride - out().channels) * sizeof(float));
  }
}

void embedding_operation::backward(const pass& p, const float* x, const float*, float* dy, float*) {
  std::memset(gradients_, 0, static_cast<std::size_t>(padded(count_)) * sizeof(float));
  for (std::int64_t r = 0; r < p.rows; ++r, x += in().stride, dy += out().stride)
    for (const auto& t : tables_) {
      float* to =
          gradients_ + t.weights + row_of(x[t.of.column], t.of.cardinality) * t.of.dimension;
      for (std::int64_t i = 0; i < t.of.dimension; ++i)
        to[i] += dy[t.output + i];
    }
}

std::vector<named_values> embedding_operation::values() const {
  std::vector<named_values> all;
  for (const auto& t : tables_) {
    const float* from = weights_ + t.weights;
    all.push_back({fmt::format("table_{}", t.of.column),
                   {t.of.cardinality, t.of.dimension},
                   {from, from + t.of.cardinality * t.of.dimension}});
  }
  return all;
}

core::result<void> embedding_operation::set(const std::vector<named_values>& values) {
  for (const auto& t : tables_) {
    const auto from = find_values(values, fmt::format("table_{}", t.of.column),
                                  static_cast<std::size_t>(t.of.cardinality * t.of.dimension));
    if (!from)
      return from.error();
    std::copy((*from)->begin(), (*from)->end(), weights_ + t.weights);
  }
  return {};
}

} // namespace lepton::kernels::train
