#pragma once

#include "kernels/train/operation.hpp"

namespace lepton::kernels::train {

/// Numeric features as they are, in their order, then the table rows of the categorical ones. Gives
/// no gradient of its input. The gradient of a table is dense: tables of many million numbers make
/// every step slow.
class embedding_operation final : public operation {
public:
  embedding_operation(const tensor_shape& in, const std::vector<embedded_column>& columns);

  memory_need need(std::int64_t max_rows) const override;
  void bind(const memory_grant& grant) override;
  void initialise(counter_random& random) override;
  bool gives_input_gradient() const noexcept override { return false; }
  void forward(const pass& p, const float* x, float* y) override;
  void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) override;
  std::vector<named_values> values() const override;
  core::result<void> set(const std::vector<named_values>& values) override;

  /// Numbers of a row that come out, for that many features.
  static std::int64_t outputs(std::int64_t features, const std::vector<embedded_column>& columns);

private:
  struct table {
    embedded_column of;
    std::int64_t weights = 0; ///< where its rows start
    std::int64_t output = 0;  ///< where its numbers go
  };

  std::vector<table> tables_;
  std::vector<std::int64_t> numeric_;
  std::int64_t count_ = 0; ///< weights of all tables
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
};

} // namespace lepton::kernels::train
