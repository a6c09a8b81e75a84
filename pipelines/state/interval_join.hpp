#pragma once

#include "core/column.hpp"
#include "core/result.hpp"
#include "pipelines/state/key_layout.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace lepton::pipelines {

struct join_options {
  /// A right row joins a left row of the same key if its time lies in [left + lower, left + upper].
  std::int64_t lower_ms = 0;
  std::int64_t upper_ms = 0;
  bool left_outer = false;  ///< also left rows without a partner, once none can come any more
  bool right_outer = false; ///< the same for right rows
};

/// Joins two streams by key and a bound on the distance of their event times. Each pair goes out
/// once, when the later of the two arrives. A row is held until the watermark, the smaller of both
/// inputs', says that no partner can come. Holds whole rows as bytes, some 200 bytes each beside
/// them; its state is written as a whole. Pairs come in order of arrival, then of the partner's
/// time.
class interval_join {
public:
  enum class side : std::uint8_t { left, right };

  static core::result<std::unique_ptr<interval_join>>
  make(std::vector<core::field> left, std::vector<core::field> right, join_options options);

  /// Rows of one side; those below the watermark are late. `columns` are all fields of that side.
  void add(side from, const batch_keys& keys, std::span<const core::column* const> columns,
           std::span<const std::int64_t> times, std::int64_t watermark_ms,
           std::vector<std::int32_t>& late);
  /// Forgets rows that cannot find a partner any more; outer rows without one go out.
  void advance(std::int64_t watermark_ms);

  /// Pairs since the last call: the columns of the left, then those of the right, then a timestamp
  /// column with the larger time. The columns of an outer side may be null.
  std::vector<core::column_ptr> take();
  std::size_t pairs() const noexcept { return pairs_.size(); }
  std::size_t held() const noexcept { return rows_[0].size() + rows_[1].size(); }

  std::string save() const;
  core::result<void> restore(std::string_view bytes);

private:
  struct place {
    std::string key;
    std::int64_t time;
    std::uint64_t arrival;
    friend auto operator<=>(const place&, const place&) = default;
  };
  struct row {
    std::string bytes;
    bool joined = false;
  };
  struct pair {
    std::string left;
    std::string right;
    std::int64_t time;
  };
  using rows_by_place = std::map<place, row>;

  interval_join(std::vector<core::field> left, std::vector<core::field> right,
                join_options options);
  void match(side from, const place& at, row& added);
  void put_out(const std::string* left, const std::string* right, std::int64_t time);
  void insert(side from, place at, row added);
  /// Until which watermark a row is held.
  std::int64_t needed_until(side from, std::int64_t time) const noexcept;

  join_options options_;
  key_layout layouts_[2];
  std::string missing_[2];
  rows_by_place rows_[2];
  /// Until when, order of arrival, and where in `rows_`.
  std::set<std::tuple<std::int64_t, std::uint64_t, const place*>> expiry_[2];
  std::uint64_t arrivals_ = 0;
  std::vector<pair> pairs_;
  batch_keys encoded_;
};

} // namespace lepton::pipelines
