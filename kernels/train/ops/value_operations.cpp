#include "kernels/train/ops/value_operations.hpp"

#include <cmath>
#include <cstring>

namespace lepton::kernels::train {

namespace {

void copy(const float* from, float* to, std::int64_t count) {
  if (from != to)
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

tensor_shape flattened(tensor_shape in) {
  in.flat = true;
  return in;
}

} // namespace

void activation_operation::forward(const pass& p, const float* x, float* y) {
  p.ops->activate(function_, x, view_of_output(p, y));
}

void activation_operation::backward(const pass& p, const float* x, const float* y, float* dy,
                                    float* dx) {
  if (!dx)
    return;
  copy(dy, dx, p.rows * out().floats());
  p.ops->activate_back(function_, function_ == function::gelu ? x : y, view_of_output(p, dx));
}

void softmax_operation::forward(const pass& p, const float* x, float* y) {
  copy(x, y, p.rows * out().floats());
  p.ops->softmax(view_of_output(p, y), logarithm_);
}

void softmax_operation::backward(const pass& p, const float*, const float* y, float* dy,
                                 float* dx) {
  if (!dx)
    return;
  copy(dy, dx, p.rows * out().floats());
  p.ops->softmax_back(y, view_of_output(p, dx), logarithm_);
}

void dropout_operation::apply(const pass& p, float* data) const {
  dropout_call call;
  call.x = view_of_output(p, data);
  call.drop = static_cast<std::uint32_t>(std::lround(static_cast<double>(rate_) * 0x1p24));
  call.scale = 1 / (1 - rate_);
  call.key = counter_random::mix(p.key + number_);
  p.ops->dropout(call);
}

void dropout_operation::forward(const pass& p, const float* x, float* y) {
  copy(x, y, p.rows * out().floats());
  if (p.training && rate_ > 0)
    apply(p, y);
}

void dropout_operation::backward(const pass& p, const float*, const float*, float* dy, float* dx) {
  if (!dx)
    return;
  copy(dy, dx, p.rows * out().floats());
  if (rate_ > 0)
    apply(p, dx);
}

flatten_operation::flatten_operation(const tensor_shape& in) : operation{in, flattened(in)} {}

void flatten_operation::forward(const pass& p, const float* x, float* y) {
  copy(x, y, p.rows * out().floats());
}

void flatten_operation::backward(const pass& p, const float*, const float*, float* dy, float* dx) {
  if (dx)
    copy(dy, dx, p.rows * out().floats());
}

scale_operation::scale_operation(const tensor_shape& in, const layer_spec& spec)
    : operation{in, {1, 1, in.channels, padded(in.channels), true}}, center_{spec.center},
      scale_{spec.scale} {}

void scale_operation::forward(const pass& p, const float* x, float* y) {
  for (std::int64_t r = 0; r < p.rows; ++r) {
    const float* from = x + r * in().stride;
    float* to = y + r * out().stride;
    for (std::size_t i = 0; i < center_.size(); ++i)
      to[i] = (from[i] - center_[i]) * scale_[i];
    std::memset(to + out().channels, 0,
                static_cast<std::size_t>(out().stride - out().channels) * sizeof(float));
  }
}

/// Rows of `dx` are padded even where those of `x` are not: see learner::input_gradients.
void scale_operation::backward(const pass& p, const float*, const float*, float* dy, float* dx) {
  if (!dx)
    return;
  copy(dy, dx, p.rows * out().stride);
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::size_t i = 0; i < scale_.size(); ++i)
      dx[r * out().stride + static_cast<std::int64_t>(i)] *= scale_[i];
}

} // namespace lepton::kernels::train
