#include "kernels/cpu/native_model.hpp"

#include <fmt/format.h>

namespace lepton::kernels::cpu {

native_model::native_model(std::shared_ptr<const packed_network> net, std::string description)
    : net_{std::move(net)}, description_{std::move(description)},
      forward_{forward_of(net_->target())},
      scratch_(static_cast<std::size_t>(2 * net_->view().scratch_floats) * sizeof(float)) {}

std::string native_model::backend() const {
  return fmt::format("native ({})", name(target()));
}

std::int64_t native_model::memory() const noexcept {
  return static_cast<std::int64_t>(net_->byte_size() + scratch_.capacity());
}

core::result<void> native_model::run(const float* x, std::int64_t rows, float* y) {
  forward_(net_->view(), x, rows, y, scratch_.as<float>());
  return {};
}

} // namespace lepton::kernels::cpu
