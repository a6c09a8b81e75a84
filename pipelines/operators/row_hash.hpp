#pragma once

#include "core/batch.hpp"

#include <cstdint>

namespace lepton::pipelines {

/// 64 well-mixed bits of the value in a row. The same on every machine and in every version: users
/// rely on which rows a sample holds. A null has a hash of its own. FNV-1a of the bytes (Fowler,
/// Noll and Vo), finished as in SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t row_hash(const core::column& column, std::int64_t row, std::uint64_t seed) noexcept;

/// The same of a row's place at its source: topic, partition and offset. A batch without provenance
/// gives the hash of the row's number.
std::uint64_t origin_hash(const core::batch& rows, std::int64_t row, std::uint64_t seed) noexcept;

} // namespace lepton::pipelines
