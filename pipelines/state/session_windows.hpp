#pragma once

#include "core/result.hpp"
#include "pipelines/state/keyed_table.hpp"
#include "pipelines/state/window_rows.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

/// Sessions by key in event time: rows less than `gap_ms` apart belong together, [first row, last
/// row + gap). A row between two sessions joins them. A session gives one row once the watermark
/// reaches its end and is then forgotten; a row that comes after that is late if its own session,
/// [time, time + gap), ended at or before the watermark. Keeps no rows.
class session_windows {
public:
  static core::result<std::unique_ptr<session_windows>> make(key_layout keys, window_inputs inputs,
                                                             std::int64_t gap_ms);

  void add(const batch_keys& keys, std::span<const std::int64_t> times,
           std::span<const core::column* const> values, std::int64_t watermark_ms,
           std::vector<std::int32_t>& late);
  /// Fires up to `most_rows` sessions, by their end; false if none is left to fire.
  bool advance(std::int64_t watermark_ms, std::size_t most_rows);
  window_rows& rows() noexcept { return rows_; }

  keyed_table& table() noexcept { return table_; }
  /// After the pieces of the table; there is no other state.
  core::result<void> finish_restore();

private:
  struct head { ///< at the start of each payload
    std::int64_t start;
    std::int64_t last;
    std::uint64_t rows;
  };

  session_windows(key_layout keys, const window_inputs& inputs, std::int64_t gap_ms,
                  aggregate_set set);
  entry_ref session_of(const batch_keys& keys, std::size_t row, std::int64_t time);
  entry_ref open(std::string_view key, std::int64_t time);
  void join(entry_ref into, entry_ref from);
  void list(entry_ref entry);
  void unlist(entry_ref entry);
  std::int64_t end_of(entry_ref entry) const { return table_.as<head>(entry).last + gap_; }

  key_layout keys_;
  std::int64_t gap_;
  aggregate_set set_;
  keyed_table table_; ///< by key and a number of the session
  window_rows rows_;
  std::int64_t next_number_ = 0;
  // Found again from the table after a restore.
  std::unordered_map<std::string, std::vector<entry_ref>> sessions_;
  std::set<std::pair<std::int64_t, entry_ref>> ends_;
};

} // namespace lepton::pipelines
