#pragma once

#include "core/result.hpp"
#include "kernels/train/network_spec.hpp"

namespace lepton::kernels::train {

/// Success if the loss, optimiser, schedule and clipping make sense for a network with that many
/// outputs. Errors: invalid_argument, naming the setting.
core::result<void> check_training(const network_spec& spec, std::int64_t outputs);

/// True if the last layer is the function that the loss has inside, so that training leaves it out.
bool loss_includes_last(const network_spec& spec) noexcept;

} // namespace lepton::kernels::train
