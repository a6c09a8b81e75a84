#include "kernels/train/ops/conv_operation.hpp"

#include <cmath>
#include <cstring>

namespace lepton::kernels::train {

namespace {

std::size_t bytes(std::int64_t floats) {
  return static_cast<std::size_t>(floats) * sizeof(float);
}

} // namespace

conv_operation::conv_operation(const tensor_shape& in, const tensor_shape& out,
                               const layer_spec& spec)
    : operation{in, out}, kernel_{spec.kernel}, stride_{spec.stride}, padding_{spec.padding} {}

memory_need conv_operation::need(std::int64_t max_rows) const {
  memory_need n;
  n.weights = padded(weight_count()) + out().stride;
  n.extra = padded(weight_count());
  if (padding_ > 0)
    n.extra += padded(max_rows * image()) + padded(image());
  return n;
}

void conv_operation::bind(const memory_grant& grant) {
  weights_ = grant.weights;
  gradients_ = grant.gradients;
  turned_ = grant.extra;
  border_gradient_ = turned_ + padded(weight_count());
  bordered_ = border_gradient_ + padded(image());
}

/// Uniform within 1 / sqrt(values under the window), as PyTorch's Conv2d.
void conv_operation::initialise(counter_random& random) {
  const auto fan = static_cast<double>(in().channels * kernel_ * kernel_);
  const double bound = 1 / std::sqrt(fan);
  const auto draw = [&] { return static_cast<float>((2 * random.uniform() - 1) * bound); };
  for (std::int64_t o = 0; o < out().channels; ++o)
    for (std::int64_t c = 0; c < in().channels; ++c)
      for (std::int64_t y = 0; y < kernel_; ++y)
        for (std::int64_t x = 0; x < kernel_; ++x)
          weights_[place(o, c, y, x)] = draw();
  for (std::int64_t o = 0; o < out().channels; ++o)
    weights_[padded(weight_count()) + o] = draw();
}

/// The images with zeros around them, or as they are if no zeros are wanted.
const float* conv_operation::surrounded(const pass& p, const float* x) {
  if (padding_ == 0)
    return x;
  std::memset(bordered_, 0, bytes(p.rows * image()));
  const std::int64_t from = in().width * in().stride;
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::int64_t y = 0; y < in().height; ++y)
      std::memcpy(bordered_ + r * image() + (y + padding_) * line() + padding_ * in().stride,
                  x + (r * in().height + y) * from, bytes(from));
  return bordered_;
}

void conv_operation::forward(const pass& p, const float* x, float* y) {
  x = surrounded(p, x);
  product line_of;
  line_of.rows = out().width;
  line_of.columns = out().stride;
  line_of.depth = kernel_ * in().stride;
  line_of.segments = kernel_;
  line_of.a_row = stride_ * in().stride;
  line_of.a_segment = line();
  line_of.b = weights_;
  line_of.b_row = out().stride;
  line_of.b_segment = line_of.depth * out().stride;
  line_of.c_row = out().stride;
  line_of.bias = weights_ + padded(weight_count());
  line_of.rectify = rectify_;
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::int64_t oy = 0; oy < out().height; ++oy) {
      line_of.a = x + r * image() + oy * stride_ * line();
      line_of.c = y + (r * out().height + oy) * out().width * out().stride;
      p.ops->multiply(line_of);
    }
}

void conv_operation::backward(const pass& p, const float* x, const float*, float* dy, float* dx) {
  weight_gradient(p, padding_ > 0 ? bordered_ : x, dy);
  if (!dx)
    return;
  turn_weights(p);
  input_gradient(p, dy, dx);
}

void conv_operation::weight_gradient(const pass& p, const float* x, const float* dy) {
  product part;
  part.rows = kernel_ * in().stride;
  part.columns = out().stride;
  part.depth = out().width;
  part.segments = out().height;
  part.a_row = 1;
  part.a_column = stride_ * in().stride;
  part.a_segment = stride_ * line();
  part.b_row = out().stride;
  part.b_segment = out().width * out().stride;
  part.c_row = out().stride;
  for (std::int64_t r = 0; r < p.rows; ++r) {
    part.b = dy + r * out().floats();
    part.accumulate = r > 0;
    for (std::int64_t ky = 0; ky < kernel_; ++ky) {
      part.a = x + r * image() + ky * line();
      part.c = gradients_ + ky * part.rows * out().stride;
      p.ops->multiply(part);
    }
  }
  float* bias = gradients_ + padded(weight_count());
  std::memset(bias, 0, bytes(out().stride));
  p.ops->add_rows({const_cast<float*>(dy), p.rows * out().pixels(), out().channels, out().stride},
                  bias);
}

void conv_operation::turn_weights(const pass& p) {
  const std::int64_t one = in().stride * out().stride;
  for (std::int64_t k = 0; k < kernel_ * kernel_; ++k)
    p.ops->transpose(weights_ + k * one, in().stride, out().stride, out().stride, turned_ + k * one,
                     in().stride);
}

void conv_operation::input_gradient(const pass& p, const float* dy, float* dx) {
  product part;
  part.rows = out().width;
  part.columns = in().stride;
  part.depth = out().channels;
  part.a_row = out().stride;
  part.b_row = in().stride;
  part.c_row = stride_ * in().stride;
  part.accumulate = true;
  for (std::int64_t r = 0; r < p.rows; ++r) {
    float* to = padding_ > 0 ? border_gradient_ : dx + r * in().floats();
    std::memset(to, 0, bytes(image()));
    for (std::int64_t oy = 0; oy < out().height; ++oy)
      for (std::int64_t k = 0; k < kernel_ * kernel_; ++k) {
        part.a = dy + r * out().floats() + oy * out().width * out().stride;
        part.b = turned_ + k * in().stride * out().stride;
        part.c = to + (oy * stride_ + k / kernel_) * line() + k % kernel_ * in().stride;
        p.ops->multiply(part);
      }
    const std::int64_t inner = in().width * in().stride;
    for (std::int64_t y = 0; padding_ > 0 && y < in().height; ++y)
      std::memcpy(dx + r * in().floats() + y * inner,
                  to + (y + padding_) * line() + padding_ * in().stride, bytes(inner));
  }
}

std::vector<named_values> conv_operation::values() const {
  named_values weight{"weight", {out().channels, in().channels, kernel_, kernel_}, {}};
  named_values bias{"bias", {out().channels}, {}};
  for (std::int64_t o = 0; o < out().channels; ++o) {
    for (std::int64_t i = 0; i < in().channels * kernel_ * kernel_; ++i)
      weight.data.push_back(
          weights_[place(o, i / (kernel_ * kernel_), i / kernel_ % kernel_, i % kernel_)]);
    bias.data.push_back(weights_[padded(weight_count()) + o]);
  }
  return {std::move(weight), std::move(bias)};
}

core::result<void> conv_operation::set(const std::vector<named_values>& values) {
  const std::int64_t each = in().channels * kernel_ * kernel_;
  const auto weight =
      find_values(values, "weight", static_cast<std::size_t>(out().channels * each));
  if (!weight)
    return weight.error();
  const auto bias = find_values(values, "bias", static_cast<std::size_t>(out().channels));
  if (!bias)
    return bias.error();
  for (std::int64_t o = 0; o < out().channels; ++o) {
    for (std::int64_t i = 0; i < each; ++i)
      weights_[place(o, i / (kernel_ * kernel_), i / kernel_ % kernel_, i % kernel_)] =
          (**weight)[static_cast<std::size_t>(o * each + i)];
    weights_[padded(weight_count()) + o] = (**bias)[static_cast<std::size_t>(o)];
  }
  return {};
}

} // namespace lepton::kernels::train
