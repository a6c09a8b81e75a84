#pragma once

#include "core/result.hpp"
#include "kernels/cpu/mlp_view.hpp"

#include <cstdint>
#include <string_view>

namespace lepton::kernels::cpu {

/// The instruction sets that the vector code is compiled for, from the least to the most.
enum class cpu_target : std::uint8_t { generic, avx2, avx512 };

/// "generic", "avx2", "avx512": also the values of LEPTON_CPU.
const char* name(cpu_target target) noexcept;

/// Width of its vectors in floats.
int lanes(cpu_target target) noexcept;

/// The forward pass for that target.
forward_function forward_of(cpu_target target) noexcept;

/// True if this CPU and operating system can run it.
bool can_run(cpu_target target) noexcept;

/// The best target that can run here, or the one that `forced` names ("" = none). Errors: an
/// unknown name, or a target that this CPU lacks.
core::result<cpu_target> choose_target(std::string_view forced);

/// `choose_target` with the environment variable LEPTON_CPU.
core::result<cpu_target> choose_target();

} // namespace lepton::kernels::cpu
