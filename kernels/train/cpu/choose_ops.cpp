#include "kernels/train/cpu/choose_ops.hpp"

namespace lepton::kernels::train {

#if defined(__x86_64__)

const train_ops& ops_of(cpu::cpu_target target) noexcept {
  switch (target) {
    case cpu::cpu_target::generic: return train_ops_generic();
    case cpu::cpu_target::avx2: return train_ops_avx2();
    case cpu::cpu_target::avx512: return train_ops_avx512();
  }
  return train_ops_generic();
}

#else

const train_ops& ops_of(cpu::cpu_target) noexcept {
  return train_ops_generic();
}

#endif

} // namespace lepton::kernels::train
