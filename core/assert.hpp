#pragma once

namespace lepton::core {

/// Prints the failed condition with its place and aborts. Never returns.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

} // namespace lepton::core

/// States an invariant of Lepton's own code. Stays on in release builds; never used for bad input.
#define LEPTON_ASSERT(condition)                                                                   \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      ::lepton::core::assertion_failed(#condition, __FILE__, __LINE__);                            \
  } while (false)
