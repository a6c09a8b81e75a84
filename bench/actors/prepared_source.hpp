#pragma once

#include "core/catalog.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace lepton::bench {

/// Adds the components of the engine's benchmarks to a catalog:
/// source `prepared` (JSON payments from memory, decoded by the real decoder), transforms
/// `features` (two columns from two) and `mlp` (a network 30-64-32-1, an actor of its own as
/// `infer`), sink `null` (takes rows and forgets them).
void register_prepared(core::catalog& catalog);

/// The raw batches that the source `prepared` hands out over and over.
std::vector<core::raw_batch_ptr> prepared_batches(std::int64_t batch);

} // namespace lepton::bench
