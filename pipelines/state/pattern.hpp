#pragma once

#include "core/column.hpp"
#include "pipelines/state/keyed_table.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lepton::pipelines {

struct pattern_options {
  /// How many rows each step takes, at least 1; at most 64 in all.
  std::vector<std::uint32_t> counts;
  std::int64_t within_ms = 0; ///< from the first to the last row of a match, inclusive
  /// True: a row of the key that does not fit ends an attempt. False: it is passed over.
  bool strict = false;
  /// True: after a match other attempts of the key go on. False: they are dropped.
  bool overlap = false;
};

/// Finds sequences of rows by key: "three declines, then an approval above 500, within 5m, on one
/// card". Every row that fits the first step begins an attempt; an attempt takes the next row that
/// fits its next step. Of attempts that have got equally far only the one that began last goes on:
/// it has the most time left and will take the same rows. So memory is fixed: 8 bytes for each row
/// of the pattern but the last. Takes rows as they arrive; sort them before if they may be out of
/// order. Attempts whose time is over vanish.
class pattern {
public:
  static core::result<std::unique_ptr<pattern>>
  make(const key_layout& keys, pattern_options options, std::uint64_t fingerprint);

  struct match {
    std::int32_t row;      ///< the last row of the match
    std::int64_t start_ms; ///< time of its first row
  };
  /// `steps[i]` is a bool column: true where a row fits step i; null is false. One match at most
  /// for each row. `watermark_ms` is used to forget keys only.
  void process(const batch_keys& keys, std::span<const std::int64_t> times,
               std::span<const core::column* const> steps, std::int64_t watermark_ms,
               std::vector<match>& out);

  keyed_table& table() noexcept { return table_; }
  core::result<void> finish_restore();

private:
  pattern(const key_layout& keys, pattern_options options, std::size_t total,
          std::uint64_t fingerprint);
  bool advance(std::int64_t* starts, std::int64_t time, std::uint64_t fits,
               std::int64_t& start) const noexcept;

  pattern_options options_;
  std::vector<std::uint8_t> step_of_; ///< step of each row of the pattern
  keyed_table table_;                 ///< start of the attempt that has 1, 2, ... total-1 rows
  std::vector<entry_ref> entries_;
};

} // namespace lepton::pipelines
