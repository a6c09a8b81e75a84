#pragma once

#include "kernels/cpu/cpu_target.hpp"
#include "kernels/train/cpu/train_ops.hpp"

namespace lepton::kernels::train {

/// The functions for that target, which must be able to run here (see cpu::can_run).
const train_ops& ops_of(cpu::cpu_target target) noexcept;

} // namespace lepton::kernels::train
