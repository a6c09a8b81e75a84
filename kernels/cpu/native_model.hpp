#pragma once

#include "core/aligned_buffer.hpp"
#include "kernels/cpu/packed_network.hpp"
#include "kernels/model.hpp"

#include <memory>
#include <string>

namespace lepton::kernels::cpu {

/// Multi-layer perceptrons in Lepton's own vector code. Holds the scratch memory of one worker; the
/// packed weights are shared.
class native_model final : public model {
public:
  native_model(std::shared_ptr<const packed_network> net, std::string description);

  std::int64_t inputs() const noexcept override { return net_->view().inputs; }
  std::int64_t outputs() const noexcept override { return net_->view().outputs; }
  std::string backend() const override;
  std::string description() const override { return description_; }
  std::int64_t memory() const noexcept override;
  core::result<void> run(const float* x, std::int64_t rows, float* y) override;

  cpu_target target() const noexcept { return net_->target(); }

private:
  std::shared_ptr<const packed_network> net_;
  std::string description_;
  forward_function forward_;
  core::aligned_buffer scratch_;
};

} // namespace lepton::kernels::cpu
