#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace lepton::connectors {

/// Place of a row in its origin: offset of the record it came of, and which of that record's rows.
struct record_place {
  std::int64_t offset = 0;
  std::uint32_t row = 0; ///< below 2^20

  friend auto operator<=>(const record_place&, const record_place&) = default;
};

/// Which rows of one origin partition have come already: an exact set above a low watermark. At
/// most `window` rows are remembered, the highest offsets; what lies below the watermark is not
/// known any more. About 4 bytes a row where offsets are dense, about 80 where they are 4096 apart.
/// Not thread-safe.
class seen_records {
public:
  enum class answer : std::uint8_t {
    added,   ///< not seen before; it is now
    seen,    ///< a repeat
    too_old, ///< below the watermark: may be a repeat, nobody knows
  };

  explicit seen_records(std::size_t window) : window_{window} {}

  answer add(const record_place& place);
  std::size_t size() const noexcept { return size_; }
  /// Offsets below are not remembered.
  std::int64_t watermark() const noexcept { return watermark_; }
  /// Forgets what lies below; for a set that is read back.
  void raise_watermark(std::int64_t to);

  /// Calls `each(place)` in ascending order.
  template <class Function>
  void for_each(Function each) const {
    for (const auto& [block, places] : blocks_)
      for (const auto place : places)
        each(record_place{(block << block_bits) + (place >> row_bits), place & row_mask});
  }

private:
  static constexpr int block_bits = 12;
  static constexpr int row_bits = 20;
  static constexpr std::uint32_t row_mask = (1u << row_bits) - 1;
  static constexpr std::size_t block_cost = 16; ///< rows that the memory of a block could hold

  void forget_lowest();

  std::size_t window_;
  std::map<std::int64_t, std::vector<std::uint32_t>> blocks_; ///< sorted; offset in block, row
  std::size_t size_ = 0;
  std::int64_t watermark_ = 0;
};

} // namespace lepton::connectors
