#pragma once

#include <cstdint>

namespace lepton::crypto {

/// How often this process descends from a fork since it was first asked: differs between a parent
/// and its child, so that they never use one segment both. Costs one load.
std::uint64_t fork_count() noexcept;

} // namespace lepton::crypto
