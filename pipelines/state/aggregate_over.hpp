#pragma once

#include "core/batch.hpp"
#include "core/result.hpp"
#include "pipelines/state/keyed_table.hpp"
#include "pipelines/state/rolling_log.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lepton::pipelines {

/// What is computed over a window of a key's rows. Nulls are left out of all but `count` of rows.
enum class rolling_kind : std::uint8_t {
  count,    ///< int64: rows, or values that are not null
  sum,      ///< int64 (null outside its range) or float64; null without a value
  min,      ///< the type of the values; null without a value; NaN only if there is nothing else
  max,      ///< as min
  mean,     ///< float64; null without a value
  variance, ///< float64, of a sample (n - 1); null below two values
  stddev,   ///< float64, root of the variance
  first,    ///< the value of the oldest row that has one
  last,     ///< the value of the newest row that has one
  distinct, ///< int64: different values; strings are told apart by 64 bits of hash
};

struct rolling_feature {
  static constexpr std::size_t rows = static_cast<std::size_t>(-1);

  rolling_kind kind = rolling_kind::count;
  std::size_t value = rows;   ///< index into `values`; `rows` for count(*)
  std::int64_t window_ms = 0; ///< > 0
};

struct rolling_options {
  std::vector<core::field> values; ///< up to 8 columns; lists are refused
  std::vector<rolling_feature> features;
  bool exclude_current = false; ///< true: a row does not count itself
  std::uint64_t fingerprint = 0;
};

/// Features of a row over the rows of the same key before it: "sum of amount over the last 10m, 1h
/// and 24h on this card". A row at time t sees the rows of its key that arrived before it and have
/// event times in (t - window, t], and itself. Exact: the events of the longest window are kept,
/// one log a key (8 bytes a value column and 4 for the time), none is ever recomputed for an
/// earlier row. A row below the watermark is late: it sees nothing and is not counted later.
/// Does not emit corrections for rows that went out before a row with an earlier time came.
class aggregate_over {
public:
  static core::result<aggregate_over> make(const key_layout& keys, rolling_options options);

  core::data_type output_type(std::size_t feature) const noexcept;

  /// One row after the other. `times` in ms; `values` are the columns of `options.values`. `out`
  /// receives one new column a feature, null for late rows; `late` receives the late rows.
  void process(const batch_keys& keys, std::span<const std::int64_t> times,
               std::span<const core::column* const> values, std::int64_t watermark_ms,
               std::vector<core::column_ptr>& out, std::vector<std::int32_t>& late);

  /// The state, for snapshots and sizes. Restored pieces go in here, then `finish_restore`.
  keyed_table& table() noexcept { return table_; }
  const keyed_table& table() const noexcept { return table_; }
  core::result<void> finish_restore();

  /// Bytes that a key with so many rows in its longest window needs, without the index.
  std::size_t bytes_per_key(std::size_t rows) const noexcept;

private:
  struct column_plan {
    bool is_double = false;
    bool sums = false;
    bool extremes = false;
    bool spread = false;
    bool edges = false; ///< first, last
    bool distinct = false;
    /// By window: the features to write, as indices into `features`.
    std::vector<std::vector<std::size_t>> outputs;
  };
  struct output {
    core::ref_ptr<core::column> column;
    std::int64_t* integers = nullptr;
    double* doubles = nullptr;
  };

  aggregate_over(const key_layout& keys, rolling_options options, std::vector<std::int64_t> windows,
                 bool nulls);
  static table_layout layout(const key_layout& keys, const rolling_options& options,
                             std::int64_t longest);
  void plan();
  void load_values(std::span<const core::column* const> values, std::size_t rows);
  void load_column(const core::column& from, std::size_t rows, std::size_t column);
  void open_outputs(std::size_t rows);
  void prefetch_logs(std::size_t begin, std::size_t end) const noexcept;
  void add_row(std::size_t row, std::int64_t time, std::int64_t cut, rolling_state& state);
  template <class Time>
  void add_to_log(std::size_t row, std::int64_t time, std::int64_t cut, rolling_state& state);
  template <class Time, class T>
  void evaluate(const rolling_log<Time>& log, std::size_t column, std::uint32_t to,
                std::size_t row);
  template <class T, bool Sums, bool Extremes, bool Spread, class Time>
  void evaluate_plain(const rolling_log<Time>& log, std::size_t column, std::uint32_t to,
                      std::size_t row);
  template <class Time, class T>
  void evaluate_edges(const rolling_log<Time>& log, std::size_t column, std::uint32_t to,
                      std::size_t row);
  template <class Time>
  void evaluate_distinct(const rolling_log<Time>& log, std::size_t column, std::uint32_t to,
                         std::size_t row);
  void write_null(std::size_t feature, std::size_t row);

  rolling_options options_;
  std::vector<std::int64_t> windows_; ///< shortest first
  bool nulls_;
  keyed_table table_;
  log_geometry narrow_;
  log_geometry wide_;
  std::vector<column_plan> columns_;
  std::vector<bool> is_double_;
  std::vector<std::vector<std::size_t>> row_counts_; ///< by window: features that count rows

  // Of the batch at work.
  std::vector<std::vector<std::uint64_t>> values_;
  std::vector<const std::uint64_t*> value_at_;
  std::vector<std::uint8_t> null_bits_;
  std::vector<entry_ref> entries_;
  std::vector<std::int32_t> on_time_;
  std::vector<output> outputs_;
  std::vector<std::uint32_t> starts_; ///< by window: first event of the row at work
  std::vector<std::uint64_t> seen_;   ///< scratch of `distinct`
};

} // namespace lepton::pipelines
