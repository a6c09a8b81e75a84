#include "kernels/train/ops/dense_operation.hpp"

#include <cmath>
#include <cstring>

namespace lepton::kernels::train {

dense_operation::dense_operation(const tensor_shape& in, std::int64_t outputs)
    : operation{in, {1, 1, outputs, padded(outputs), true}},
      depth_{in.pixels() == 1 ? in.channels : in.floats()} {}

memory_need dense_operation::need(std::int64_t) const {
  return {.weights = padded(weight_count()) + out().stride};
}

void dense_operation::bind(const memory_grant& grant) {
  weights_ = grant.weights;
  gradients_ = grant.gradients;
}

/// Uniform within 1 / sqrt(inputs), as PyTorch's Linear.
void dense_operation::initialise(counter_random& random) {
  const double bound = 1 / std::sqrt(static_cast<double>(in().values()));
  const auto draw = [&] { return static_cast<float>((2 * random.uniform() - 1) * bound); };
  for (std::int64_t o = 0; o < out().channels; ++o)
    for (std::int64_t i = 0; i < in().values(); ++i)
      weights_[in().place(i) * out().stride + o] = draw();
  for (std::int64_t o = 0; o < out().channels; ++o)
    weights_[padded(weight_count()) + o] = draw();
}

void dense_operation::forward(const pass& p, const float* x, float* y) {
  product forward;
  forward.rows = p.rows;
  forward.columns = out().stride;
  forward.depth = depth_;
  forward.a = x;
  forward.a_row = in().floats();
  forward.b = weights_;
  forward.b_row = out().stride;
  forward.c = y;
  forward.c_row = out().stride;
  forward.bias = weights_ + padded(weight_count());
  forward.rectify = rectify_;
  p.ops->multiply(forward);
}

void dense_operation::backward(const pass& p, const float* x, const float*, float* dy, float* dx) {
  product weights;
  weights.rows = depth_;
  weights.columns = out().stride;
  weights.depth = p.rows;
  weights.a = x;
  weights.a_row = 1;
  weights.a_column = in().floats();
  weights.b = dy;
  weights.b_row = out().stride;
  weights.c = gradients_;
  weights.c_row = out().stride;
  p.ops->multiply(weights);
  float* bias = gradients_ + padded(weight_count());
  std::memset(bias, 0, static_cast<std::size_t>(out().stride) * sizeof(float));
  p.ops->add_rows(view_of_output(p, dy), bias);
  if (!dx)
    return;
  product input;
  input.rows = p.rows;
  input.columns = padded(in().floats());
  input.depth = out().channels;
  input.a = dy;
  input.a_row = out().stride;
  input.b = weights_;
  input.b_row = out().stride;
  input.transposed_columns = depth_;
  input.pack = p.pack;
  input.c = dx;
  input.c_row = padded(in().floats());
  p.ops->multiply(input);
}

std::vector<named_values> dense_operation::values() const {
  named_values weight{"weight", {out().channels, in().values()}, {}};
  named_values bias{"bias", {out().channels}, {}};
  for (std::int64_t o = 0; o < out().channels; ++o) {
    for (std::int64_t i = 0; i < in().values(); ++i)
      weight.data.push_back(weights_[in().place(i) * out().stride + o]);
    bias.data.push_back(weights_[padded(weight_count()) + o]);
  }
  return {std::move(weight), std::move(bias)};
}

core::result<void> dense_operation::set(const std::vector<named_values>& values) {
  const auto outputs = static_cast<std::size_t>(out().channels);
  const auto inputs = static_cast<std::size_t>(in().values());
  const auto weight = find_values(values, "weight", outputs * inputs);
  if (!weight)
    return weight.error();
  const auto bias = find_values(values, "bias", outputs);
  if (!bias)
    return bias.error();
  for (std::int64_t o = 0; o < out().channels; ++o) {
    for (std::int64_t i = 0; i < in().values(); ++i)
      weights_[in().place(i) * out().stride + o] =
          (**weight)[static_cast<std::size_t>(o * in().values() + i)];
    weights_[padded(weight_count()) + o] = (**bias)[static_cast<std::size_t>(o)];
  }
  return {};
}

} // namespace lepton::kernels::train
