#pragma once

#include <cstdint>

namespace lepton::crypto {

/// A random number that a forked child does not share with its parent, so that the two never go on
/// in one segment. Costs one load; the first call after a fork draws a new number. Thread-safe.
std::uint64_t process_mark() noexcept;

} // namespace lepton::crypto
