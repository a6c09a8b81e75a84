#pragma once

#include "kernels/train/operation.hpp"

// Operations without weights.

namespace lepton::kernels::train {

/// relu, gelu, tanh or sigmoid of each number.
class activation_operation final : public operation {
public:
  activation_operation(const tensor_shape& in, function f) : operation{in, in}, function_{f} {}

  bool in_place() const noexcept override { return function_ != function::gelu; }
  bool keeps_output() const noexcept override { return function_ != function::gelu; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  function function_;
};

/// Softmax over the numbers of a row, or its logarithm.
class softmax_operation final : public operation {
public:
  softmax_operation(const tensor_shape& in, bool logarithm)
      : operation{in, in}, logarithm_{logarithm} {}

  bool in_place() const noexcept override { return true; }
  bool keeps_output() const noexcept override { return true; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  bool logarithm_;
};

/// Zeroes numbers at random while training and scales the others up, so that inference has nothing
/// to do. Which ones follows from the pass's key, the layer's number and the place.
class dropout_operation final : public operation {
public:
  dropout_operation(const tensor_shape& in, float rate, std::uint64_t number)
      : operation{in, in}, rate_{rate}, number_{number} {}

  bool in_place() const noexcept override { return true; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  void apply(const pass& p, float* data) const;

  float rate_;
  std::uint64_t number_;
};

/// Says that an image is a row of numbers from here on; touches nothing.
class flatten_operation final : public operation {
public:
  explicit flatten_operation(const tensor_shape& in);

  bool in_place() const noexcept override { return true; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;
};

/// y = (x - center) * scale with constants.
class scale_operation final : public operation {
public:
  scale_operation(const tensor_shape& in, const layer_spec& spec);

  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  std::vector<float> center_, scale_;
};

} // namespace lepton::kernels::train
