#include "kernels/train/ops/norm_operation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lepton::kernels::train {

void norm_operation::bind(const memory_grant& grant) {
  weights_ = grant.weights;
  gradients_ = grant.gradients;
  extra_ = grant.extra;
}

void norm_operation::initialise(counter_random&) {
  std::fill_n(weights_, out().channels, 1.0f);
}

std::vector<named_values> norm_operation::values() const {
  const float* beta = weights_ + out().stride;
  return {{"weight", {out().channels}, {weights_, weights_ + out().channels}},
          {"bias", {out().channels}, {beta, beta + out().channels}}};
}

core::result<void> norm_operation::set(const std::vector<named_values>& values) {
  const auto count = static_cast<std::size_t>(out().channels);
  const auto gamma = find_values(values, "weight", count);
  if (!gamma)
    return gamma.error();
  const auto beta = find_values(values, "bias", count);
  if (!beta)
    return beta.error();
  std::copy((*gamma)->begin(), (*gamma)->end(), weights_);
  std::copy((*beta)->begin(), (*beta)->end(), weights_ + out().stride);
  return {};
}

norm_call norm_operation::call(const pass& p, const float* x) const noexcept {
  norm_call c;
  c.x = view_of_output(p, const_cast<float*>(x));
  c.gamma = weights_;
  c.beta = weights_ + out().stride;
  c.dgamma = gradients_;
  c.dbeta = gradients_ + out().stride;
  c.epsilon = epsilon_;
  return c;
}

void norm_operation::clear_gradients() const noexcept {
  std::memset(gradients_, 0, static_cast<std::size_t>(2 * out().stride) * sizeof(float));
}

memory_need layer_norm_operation::need(std::int64_t max_rows) const {
  return {.weights = 2 * out().stride, .extra = 2 * padded(max_rows * out().pixels())};
}

norm_call layer_norm_operation::with_moments(const pass& p, const float* x) const noexcept {
  norm_call c = call(p, x);
  c.mean = extra_;
  c.inverse = extra_ + padded(p.rows * out().pixels());
  return c;
}

void layer_norm_operation::forward(const pass& p, const float* x, float* y) {
  norm_call c = with_moments(p, x);
  c.y = y;
  p.ops->layer_norm(c);
}

void layer_norm_operation::backward(const pass& p, const float* x, const float*, float* dy,
                                    float* dx) {
  norm_call c = with_moments(p, x);
  c.dy = dy;
  c.dx = dx;
  clear_gradients();
  p.ops->layer_norm_back(c);
}

memory_need batch_norm_operation::need(std::int64_t) const {
  return {.weights = 2 * out().stride, .state = 2 * out().stride, .extra = 3 * out().stride};
}

void batch_norm_operation::bind(const memory_grant& grant) {
  norm_operation::bind(grant);
  state_ = grant.state;
  mean_ = extra_;
  inverse_ = extra_ + out().stride;
  variance_ = extra_ + 2 * out().stride;
}

void batch_norm_operation::initialise(counter_random& random) {
  norm_operation::initialise(random);
  std::fill_n(state_ + out().stride, out().channels, 1.0f);
}

void batch_norm_operation::forward(const pass& p, const float* x, float* y) {
  norm_call c = call(p, x);
  c.y = y;
  c.mean = p.training ? mean_ : state_;
  c.inverse = p.training ? variance_ : state_ + out().stride;
  if (p.training) {
    count_ = c.x.rows;
    p.ops->column_moments(c);
  }
  for (std::int64_t i = 0; i < out().stride; ++i)
    inverse_[i] = 1 / std::sqrt(c.inverse[i] + epsilon_);
  c.inverse = inverse_;
  p.ops->batch_norm(c);
}

void batch_norm_operation::backward(const pass& p, const float* x, const float*, float* dy,
                                    float* dx) {
  norm_call c = call(p, x);
  c.mean = mean_;
  c.inverse = inverse_;
  c.dy = dy;
  c.dx = dx;
  clear_gradients();
  p.ops->batch_norm_back(c);
}

bool batch_norm_operation::gathered_finite() const {
  const auto finite = [](float x) { return std::isfinite(x); };
  return std::all_of(mean_, mean_ + out().channels, finite) &&
         std::all_of(variance_, variance_ + out().channels, finite);
}

/// The variance that runs along is the unbiased one, as in PyTorch.
void batch_norm_operation::commit() {
  const auto n = static_cast<float>(count_);
  const float unbiased = count_ > 1 ? n / (n - 1) : 1;
  for (std::int64_t i = 0; i < out().channels; ++i) {
    float& mean = state_[i];
    float& variance = state_[out().stride + i];
    mean += momentum_ * (mean_[i] - mean);
    variance += momentum_ * (variance_[i] * unbiased - variance);
  }
}

std::vector<named_values> batch_norm_operation::values() const {
  auto all = norm_operation::values();
  const float* variance = state_ + out().stride;
  all.push_back({"running_mean", {out().channels}, {state_, state_ + out().channels}});
  all.push_back({"running_var", {out().channels}, {variance, variance + out().channels}});
  return all;
}

core::result<void> batch_norm_operation::set(const std::vector<named_values>& values) {
  LEPTON_TRY(norm_operation::set(values));
  const auto count = static_cast<std::size_t>(out().channels);
  const auto mean = find_values(values, "running_mean", count);
  if (!mean)
    return mean.error();
  const auto variance = find_values(values, "running_var", count);
  if (!variance)
    return variance.error();
  std::copy((*mean)->begin(), (*mean)->end(), state_);
  std::copy((*variance)->begin(), (*variance)->end(), state_ + out().stride);
  return {};
}

} // namespace lepton::kernels::train
