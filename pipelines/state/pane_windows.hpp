#pragma once

#include "core/result.hpp"
#include "pipelines/state/keyed_table.hpp"
#include "pipelines/state/window_rows.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

struct window_options {
  std::int64_t size_ms = 0;
  std::int64_t slide_ms = 0;  ///< equal to the size: tumbling; smaller: sliding
  std::int64_t offset_ms = 0; ///< windows start at multiples of the slide from here
  std::int64_t allowed_lateness_ms = 0;
};

/// Tumbling and sliding windows in event time, [start, start + size). A window gives one row for
/// each key with a row in it, once the watermark reaches its end; again, with the new result, when
/// a late row within the allowed lateness changes it. Each row is added to one pane (of the
/// greatest common divisor of size and slide); a sliding window merges the panes of a key
/// incrementally with two stacks, so a step costs a few merges whatever the number of panes. Keeps
/// no rows. The order of the keys within one window is not stated.
class pane_windows {
public:
  static core::result<std::unique_ptr<pane_windows>> make(key_layout keys, window_inputs inputs,
                                                          window_options options);

  /// Adds rows. Those that no window takes any more go to `late`: the end of their last window plus
  /// the allowed lateness is at or below the watermark.
  void add(const batch_keys& keys, std::span<const std::int64_t> times,
           std::span<const core::column* const> values, std::int64_t watermark_ms,
           std::vector<std::int32_t>& late);
  /// Fires what is due, window by window, until there are `most_rows` or more. False: nothing is
  /// left to fire. Results are in `rows()`.
  bool advance(std::int64_t watermark_ms, std::size_t most_rows);
  window_rows& rows() noexcept { return rows_; }

  keyed_table& table() noexcept { return table_; }
  /// What the table does not hold; small.
  std::string save() const;
  /// After the pieces of the table.
  core::result<void> restore(std::string_view bytes);

private:
  /// Panes of one key in the running sliding window: suffix merges of the older ones, oldest last,
  /// and one merge of the newer ones.
  struct sliding_key {
    struct suffix {
      std::int64_t pane;
      blob_ref payload;
    };
    std::vector<suffix> front;
    std::vector<std::int64_t> back_panes;
    blob_ref back;
  };

  pane_windows(key_layout keys, window_inputs inputs, window_options options, aggregate_set set);

  std::int64_t pane_of(std::int64_t time) const noexcept;
  std::int64_t last_end(std::int64_t time) const noexcept;
  std::int64_t first_end(std::int64_t pane) const noexcept;
  std::int64_t next_end() const noexcept;
  bool slides() const noexcept { return pane_ != options_.size_ms; }
  void note_updates(std::string_view key, std::int64_t pane, std::int64_t watermark);
  void fire_updates();
  void fire(std::int64_t end);
  void fire_sliding(std::int64_t end);
  bool fire_key(const std::string& key, sliding_key& state, std::int64_t end);
  void push_panes(std::int64_t end);
  void push(const std::string& key, std::int64_t pane, const std::byte* payload);
  void flip(const std::string& key, sliding_key& state, std::int64_t start);
  void rebuild(const std::string& key);
  void forget(sliding_key& state);
  void purge(std::int64_t watermark);
  blob_ref fresh_payload();
  void release_payload(blob_ref& payload);
  entry_ref find(const std::string& key, std::int64_t pane) const;

  key_layout keys_;
  window_options options_;
  std::int64_t pane_;
  aggregate_set set_;
  keyed_table table_; ///< by key and pane start
  window_rows rows_;
  std::map<std::int64_t, std::vector<entry_ref>> panes_;
  std::set<std::pair<std::int64_t, std::string>> updates_; ///< window end, key
  std::set<std::string> stale_;    ///< keys whose panes changed after they were merged
  std::int64_t fired_ = INT64_MIN; ///< end of the last window that is due; none yet: the minimum
  std::unordered_map<std::string, sliding_key> sliding_;
  std::int64_t pushed_ = INT64_MIN; ///< panes before are in `sliding_`
  blob_arena scratch_;

  batch_keys composed_;
  std::vector<std::int32_t> taken_;
  std::vector<std::int64_t> pane_starts_;
  std::vector<entry_ref> entries_;
  std::vector<std::byte*> payloads_;
};

} // namespace lepton::pipelines
