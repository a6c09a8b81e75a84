#pragma once

#include "kernels/train/operation.hpp"

namespace lepton::kernels::train {

/// What both normalisations share: gamma and beta, and a place for means and deviations.
class norm_operation : public operation {
public:
  norm_operation(const tensor_shape& in, float epsilon) : operation{in, in}, epsilon_{epsilon} {}

  void bind(const memory_grant& grant) override;
  void initialise(counter_random& random) override;
  std::vector<named_values> values() const override;
  core::result<void> set(const std::vector<named_values>& values) override;

protected:
  norm_call call(const pass& p, const float* x) const noexcept;
  void clear_gradients() const noexcept;

  float epsilon_;
  float* weights_ = nullptr; ///< gamma, then beta, `stride` each
  float* gradients_ = nullptr;
  float* extra_ = nullptr;
};

/// Each row to mean 0 and variance 1, then gamma and beta for each column.
class layer_norm_operation final : public norm_operation {
public:
  using norm_operation::norm_operation;

  memory_need need(std::int64_t max_rows) const override;
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;

private:
  norm_call with_moments(const pass& p, const float* x) const noexcept;
};

/// Each channel to mean 0 and variance 1 over the batch (and the image); in inference with the
/// running mean and variance, which a step moves only when it is applied.
class batch_norm_operation final : public norm_operation {
public:
  batch_norm_operation(const tensor_shape& in, float epsilon, float momentum)
      : norm_operation{in, epsilon}, momentum_{momentum} {}

  memory_need need(std::int64_t max_rows) const override;
  void bind(const memory_grant& grant) override;
  void initialise(counter_random& random) override;
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;
  bool gathered_finite() const override;
  void commit() override;
  std::vector<named_values> values() const override;
  core::result<void> set(const std::vector<named_values>& values) override;

private:
  float momentum_;
  float* state_ = nullptr; ///< running mean, then running variance
  float* mean_ = nullptr;
  float* inverse_ = nullptr;
  float* variance_ = nullptr;
  std::int64_t count_ = 0; ///< rows of the last batch
};

} // namespace lepton::kernels::train
