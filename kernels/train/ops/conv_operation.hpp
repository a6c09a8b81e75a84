#pragma once

#include "kernels/train/operation.hpp"

namespace lepton::kernels::train {

/// A convolution of images, [height][width][channels], as products over each line of the result:
/// the values under a line of the window follow each other in memory, so nothing is unfolded.
/// Weights lie as [kernel][kernel][channels in][channels out].
class conv_operation final : public operation {
public:
  conv_operation(const tensor_shape& in, const tensor_shape& out, const layer_spec& spec);

  memory_need need(std::int64_t max_rows) const override;
  void bind(const memory_grant& grant) override;
  void initialise(counter_random& random) override;
  bool gives_input_gradient() const noexcept override { return in().is_padded(); }
  bool take_rectifier() override { return rectify_ = true; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;
  std::vector<named_values> values() const override;
  core::result<void> set(const std::vector<named_values>& values) override;

private:
  std::int64_t weight_count() const noexcept {
    return kernel_ * kernel_ * in().stride * out().stride;
  }
  /// Where the weight [o][c][y][x] of ONNX lies.
  std::int64_t place(std::int64_t o, std::int64_t c, std::int64_t y,
                     std::int64_t x) const noexcept {
    return ((y * kernel_ + x) * in().stride + c) * out().stride + o;
  }
  std::int64_t line() const noexcept { return (in().width + 2 * padding_) * in().stride; }
  std::int64_t image() const noexcept { return (in().height + 2 * padding_) * line(); }
  const float* surrounded(const pass& p, const float* x);
  void weight_gradient(const pass& p, const float* x, const float* dy);
  void turn_weights(const pass& p);
  void input_gradient(const pass& p, const float* dy, float* dx);

  std::int64_t kernel_, stride_, padding_;
  bool rectify_ = false;
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
  float* turned_ = nullptr;          ///< [kernel][kernel][out][in]
  float* bordered_ = nullptr;        ///< images with zeros around them
  float* border_gradient_ = nullptr; ///< gradient of one such image
};

} // namespace lepton::kernels::train
