#pragma once

#include "connectors/generator/record_kind.hpp"
#include "core/codec.hpp"
#include "core/encoded_batch.hpp"
#include "core/raw_batch.hpp"

#include <cstdint>
#include <mutex>
#include <vector>

namespace lepton::connectors {

/// A range of made-up records. Holds only which they are: the worker that decodes it makes the
/// columns, or with `json` the payloads, on the first call of `records`. `byte_count` is then an
/// estimate.
class generated_batch final : public core::raw_batch {
public:
  generated_batch(const record_kind& kind, std::uint64_t seed, std::int64_t first,
                  std::int64_t count, bool json);

  /// Bytes of one record, about.
  static std::int64_t record_bytes(const record_kind& kind, bool json) noexcept;

  std::span<const core::raw_record> records() const override;

  const record_kind& kind() const noexcept { return kind_; }
  std::uint64_t seed() const noexcept { return seed_; }
  std::int64_t first() const noexcept { return first_; }

private:
  void make_records() const;

  const record_kind& kind_;
  std::uint64_t seed_;
  std::int64_t first_;
  bool json_;
  mutable std::once_flag once_;
  mutable core::encoded_batch encoded_; ///< the payloads; empty without `json`
  mutable std::vector<core::raw_record> records_;
};

/// Makes the columns of a `generated_batch`; takes no other batches.
class generated_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch& in, core::decoded& out) override;
};

} // namespace lepton::connectors
