#pragma once

#include "kernels/train/operation.hpp"

namespace lepton::kernels::train {

/// The largest value, or the mean, of each window. Windows that do not fit whole are left out.
class pool_operation final : public operation {
public:
  pool_operation(const tensor_shape& in, const tensor_shape& out, const layer_spec& spec);

  memory_need need(std::int64_t max_rows) const override;
  void bind(const memory_grant& grant) override;
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  pool_call call() const noexcept;

  bool largest_;
  std::int64_t kernel_, stride_;
  std::int32_t* chosen_ = nullptr;
};

} // namespace lepton::kernels::train
