#include "kernels/cpu/cpu_target.hpp"

#include "kernels/cpu/mlp_targets.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace lepton::kernels::cpu {

namespace {

constexpr cpu_target best_first[] = {cpu_target::avx512, cpu_target::avx2, cpu_target::generic};

} // namespace

const char* name(cpu_target target) noexcept {
  switch (target) {
    case cpu_target::generic: return "generic";
    case cpu_target::avx2: return "avx2";
    case cpu_target::avx512: return "avx512";
  }
  return "unknown";
}

int lanes(cpu_target target) noexcept {
  switch (target) {
    case cpu_target::generic: return lanes_generic;
    case cpu_target::avx2: return lanes_avx2;
    case cpu_target::avx512: return lanes_avx512;
  }
  return lanes_generic;
}

#if defined(__x86_64__)

forward_function forward_of(cpu_target target) noexcept {
  switch (target) {
    case cpu_target::generic: return forward_generic;
    case cpu_target::avx2: return forward_avx2;
    case cpu_target::avx512: return forward_avx512;
  }
  return forward_generic;
}

bool can_run(cpu_target target) noexcept {
  // The built-in asks the operating system too (it must save the wider registers).
  __builtin_cpu_init();
  switch (target) {
    case cpu_target::generic: return true;
    case cpu_target::avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case cpu_target::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  }
  return false;
}

#else

forward_function forward_of(cpu_target) noexcept {
  return forward_generic;
}

bool can_run(cpu_target target) noexcept {
  return target == cpu_target::generic;
}

#endif

core::result<cpu_target> choose_target(std::string_view forced) {
  for (const auto target : best_first) {
    if (forced.empty() ? can_run(target) : forced == name(target)) {
      if (can_run(target))
        return target;
      return core::error{core::errc::unsupported,
                         fmt::format("LEPTON_CPU={}: this CPU does not have it", forced)};
    }
  }
  return core::error{core::errc::invalid_argument,
                     fmt::format("LEPTON_CPU={}: use generic, avx2 or avx512", forced)};
}

core::result<cpu_target> choose_target() {
  const char* forced = std::getenv("LEPTON_CPU");
  return choose_target(forced ? forced : "");
}

} // namespace lepton::kernels::cpu
