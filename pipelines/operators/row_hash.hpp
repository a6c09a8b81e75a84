#pragma once

#include "core/batch.hpp"

#include <cstdint>
#include <span>

namespace lepton::pipelines {

/// 64 well-mixed bits of the value in a row. The same on every machine and in every version: users
/// rely on which rows a sample holds. A null has a hash of its own. FNV-1a of the bytes (Fowler,
/// Noll and Vo), finished as in SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t row_hash(const core::column& column, std::int64_t row, std::uint64_t seed) noexcept;

/// The same of a row's place at its source: topic, partition and offset. Rows of a batch without
/// provenance are told apart by their number.
class origin_hasher {
public:
  origin_hasher(const core::batch& rows, std::uint64_t seed) noexcept;
  std::uint64_t operator()(std::int64_t row) const noexcept;

private:
  const core::batch& rows_;
  std::span<const core::raw_record> records_;
  std::uint64_t seed_;
};

} // namespace lepton::pipelines
