#pragma once

#include "kernels/train/operation.hpp"

namespace lepton::kernels::train {

/// y = W x + b. Weights lie as [inputs][outputs], both as they stand in the buffers.
class dense_operation final : public operation {
public:
  dense_operation(const tensor_shape& in, std::int64_t outputs);

  memory_need need(std::int64_t max_rows) const override;
  void bind(const memory_grant& grant) override;
  void initialise(counter_random& random) override;
  bool take_rectifier() override { return rectify_ = true; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;
  std::vector<named_values> values() const override;
  core::result<void> set(const std::vector<named_values>& values) override;

private:
  std::int64_t weight_count() const noexcept { return depth_ * out().stride; }

  std::int64_t depth_; ///< floats of an input row that are read
  bool rectify_ = false;
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
};

} // namespace lepton::kernels::train
