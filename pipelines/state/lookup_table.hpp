#pragma once

#include "core/column.hpp"
#include "pipelines/state/keyed_table.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lepton::pipelines {

/// The latest row by key, of a compacted topic or a file, for joins by look-up. A row with a
/// smaller time than the one that is there is passed over; of equal times the later arrival wins. A
/// deletion holds for all rows that came before it. Does not expire anything.
class lookup_table {
public:
  /// At least one value column.
  lookup_table(const key_layout& keys, std::vector<core::field> values, std::uint64_t fingerprint);

  /// Puts rows in. `deleted[i]` (may be empty: none) removes the key of row i instead.
  void update(const batch_keys& keys, std::span<const std::int64_t> times,
              std::span<const core::column* const> values, const std::vector<bool>& deleted);
  /// New columns with one row for each key, null where there is none; `found[i]` says which.
  std::vector<core::column_ptr> find(const batch_keys& keys, std::vector<bool>& found) const;

  keyed_table& table() noexcept { return table_; }
  core::result<void> finish_restore();

private:
  struct kept {
    std::int64_t time;
    blob_ref row;
    std::uint32_t any; ///< 0 in a new entry
  };

  key_layout rows_; ///< all fields nullable, so that a missing row can be written
  keyed_table table_;
  std::string missing_;
  batch_keys encoded_;
};

} // namespace lepton::pipelines
