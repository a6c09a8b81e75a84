#pragma once

#include "connectors/generator/record_kind.hpp"
#include "core/codec.hpp"
#include "core/raw_batch.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace lepton::connectors {

/// A range of made-up records. Holds no records, only which they are: the worker makes the columns.
/// With `text`, the records are there as JSON instead.
class generated_batch final : public core::raw_batch {
public:
  generated_batch(const record_kind& kind, std::uint64_t seed, std::int64_t first,
                  std::int64_t count);
  /// `payloads` are views into `text`.
  void set_text(std::string text, std::vector<std::pair<std::uint32_t, std::uint32_t>> places);

  std::span<const core::raw_record> records() const override;

  const record_kind& kind() const noexcept { return kind_; }
  std::uint64_t seed() const noexcept { return seed_; }
  std::int64_t first() const noexcept { return first_; }

private:
  const record_kind& kind_;
  std::uint64_t seed_;
  std::int64_t first_;
  std::string text_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places_; ///< begin and size of payloads
  mutable std::once_flag once_;
  mutable std::vector<core::raw_record> records_;
};

/// Makes the columns of a `generated_batch`; takes no other batches.
class generated_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch& in, core::decoded& out) override;
};

/// Writes the records as JSON payloads.
core::ref_ptr<generated_batch> as_json(const record_kind& kind, std::uint64_t seed,
                                       std::int64_t first, std::int64_t count,
                                       core::encoder& encoder);

} // namespace lepton::connectors
