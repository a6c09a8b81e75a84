#pragma once

#include "pipelines/state/blob_arena.hpp"
#include "pipelines/state/running_sums.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace lepton::pipelines {

/// The payload of one key: where its events lie and which of them count.
struct rolling_state {
  std::int64_t base = 0; ///< times in the log are relative to it
  blob_ref log;
  std::uint32_t begin = 0; ///< first event that may still be needed
  std::uint32_t end = 0;   ///< one past the newest
  /// Time of the newest event, relative to the base; `wide_times` if the log spans more than a
  /// month and therefore has times of 64 bits.
  std::uint32_t newest = 0;

  static constexpr std::uint32_t wide_times = UINT32_MAX;
  bool wide() const noexcept { return newest == wide_times; }
};

/// What a stretch of events comes to, for one value column. Fields that no feature asks for are
/// filled all the same: they are few.
template <class T>
struct stretch_summary {
  std::conditional_t<std::is_same_v<T, double>, double_sum, integer_sum> sum;
  moments spread; ///< its count is the count of values that are not null
  extremes<T> ends;

  void add(T x) noexcept {
    sum.add(x);
    spread.add(static_cast<double>(x));
    ends.add(x);
  }
  void merge(const stretch_summary& other) noexcept {
    sum.merge(other.sum);
    spread.merge(other.spread);
    ends.merge(other.ends);
  }
};

inline constexpr std::size_t summary_bytes = sizeof(stretch_summary<double>);
static_assert(sizeof(stretch_summary<std::int64_t>) == summary_bytes);

/// How the events of a key lie in a block of memory: for each value column its values (8 bytes
/// each), then the times, then a byte of null flags if there may be nulls; above 128 events also
/// summaries of stretches of 16, 256, ... events, so that a long window costs few steps.
class log_geometry {
public:
  static constexpr std::size_t fan = 16;
  static constexpr std::size_t long_log = 128;

  /// `time_bytes` is 4 or 8.
  log_geometry(std::size_t values, std::size_t time_bytes, bool nulls);

  struct shape {
    std::uint32_t capacity = 0;
    std::uint32_t times_at = 0;
    std::uint32_t flags_at = 0;
    std::uint32_t levels = 0;
    std::uint32_t level_at[6] = {}; ///< summaries of level 1, 2, ...: each column after the other
    std::uint32_t level_size[6] = {};
  };

  std::size_t values() const noexcept { return values_; }
  bool nulls() const noexcept { return nulls_; }
  const shape& of(const blob_ref& blob) const noexcept { return shapes_[blob.block]; }
  /// Bytes to ask for so that `events` fit.
  std::size_t bytes_for(std::size_t events) const noexcept;
  std::size_t event_bytes() const noexcept { return event_bytes_; }

private:
  shape fit(std::size_t bytes) const noexcept;
  std::size_t lay_out(std::size_t capacity, shape& out) const noexcept;

  std::size_t values_;
  std::size_t time_bytes_;
  bool nulls_;
  std::size_t event_bytes_;
  std::vector<shape> shapes_; ///< by size class
};

/// The events of one key while they are worked on. `Time` is uint32 (relative to the base) or
/// int64, as `state.wide()` says. Does not own anything; one object for one change.
template <class Time>
class rolling_log {
public:
  rolling_log(rolling_state& state, const log_geometry& geometry, blob_arena& blobs,
              const std::vector<bool>& is_double) noexcept
      : state_{state}, geometry_{geometry}, blobs_{blobs}, is_double_{is_double} {
    attach();
  }

  /// Forgets events at `time` and before.
  void expire(std::int64_t time) noexcept {
    const auto cut = time - state_.base;
    while (state_.begin != state_.end && static_cast<std::int64_t>(times_[state_.begin]) <= cut)
      ++state_.begin;
  }
  /// False if 32 bits do not hold the times of the log and `time`: see `widen`.
  bool can_hold(std::int64_t time) const noexcept;
  /// Puts an event behind those of the same or an earlier time; returns its place.
  std::uint32_t insert(std::int64_t time, const std::uint64_t* const* values, std::size_t row,
                       std::uint8_t nulls);

  std::uint32_t begin() const noexcept { return state_.begin; }
  std::uint32_t end() const noexcept { return state_.end; }
  /// First place in [begin, from] whose events up to `from` are all later than `time`.
  std::uint32_t first_after(std::int64_t time, std::uint32_t from) const noexcept {
    const auto cut = time - state_.base;
    if (from - state_.begin > 64)
      return static_cast<std::uint32_t>(std::upper_bound(times_ + state_.begin, times_ + from, cut,
                                                         [](std::int64_t c, Time t) {
                                                           return c < static_cast<std::int64_t>(t);
                                                         }) -
                                        times_);
    while (from != state_.begin && static_cast<std::int64_t>(times_[from - 1]) > cut)
      --from;
    return from;
  }
  template <class T>
  const T* values(std::size_t column) const noexcept {
    return reinterpret_cast<const T*>(bytes_) + column * shape_->capacity;
  }
  /// Null when no event of any log has nulls.
  const std::uint8_t* flags() const noexcept { return flags_; }
  std::int64_t time(std::uint32_t at) const noexcept {
    return state_.base + static_cast<std::int64_t>(times_[at]);
  }

  /// Goes from `from` back to `to` and calls `add(value)` for single events that are not null and
  /// `merge(summary)` for stretches.
  template <class T, class Total>
  void gather(std::size_t column, std::uint32_t from, std::uint32_t to, Total& total) const {
    const T* at = values<T>(column);
    if (shape_->levels == 0) {
      add_events<T>(at, column, from, to, total);
      return;
    }
    while (from != to) {
      std::size_t level = 0;
      std::uint32_t step = 1;
      while (level < shape_->levels && from % (step * log_geometry::fan) == 0 &&
             from - to >= step * log_geometry::fan) {
        step *= log_geometry::fan;
        ++level;
      }
      if (level == 0) {
        // Single events up to the border of the next stretch.
        const auto border = from - 1 - (from - 1) % static_cast<std::uint32_t>(log_geometry::fan);
        const auto stop = std::max(border, to);
        add_events<T>(at, column, from, stop, total);
        from = stop;
        continue;
      }
      total.merge(summary<T>(column, level, from / step - 1));
      from -= step;
    }
  }

private:
  static constexpr std::int64_t room_below = std::int64_t{1} << 30;

  void attach() noexcept {
    if (state_.log.handle == 0)
      return;
    shape_ = &geometry_.of(state_.log);
    bytes_ = blobs_.at(state_.log);
    times_ = reinterpret_cast<Time*>(bytes_ + shape_->times_at);
    flags_ =
        geometry_.nulls() ? reinterpret_cast<std::uint8_t*>(bytes_ + shape_->flags_at) : nullptr;
  }
  template <class T, class Total>
  void add_events(const T* at, std::size_t column, std::uint32_t from, std::uint32_t to,
                  Total& total) const {
    if (flags_ == nullptr) {
      for (; from != to; --from)
        total.add(at[from - 1]);
      return;
    }
    for (; from != to; --from)
      if ((flags_[from - 1] >> column & 1) == 0)
        total.add(at[from - 1]);
  }
  template <class T>
  stretch_summary<T>& summary(std::size_t column, std::size_t level,
                              std::size_t number) const noexcept {
    auto* at = bytes_ + shape_->level_at[level - 1] +
               (column * shape_->level_size[level - 1] + number) * summary_bytes;
    return *reinterpret_cast<stretch_summary<T>*>(at);
  }
  void make_room();
  void rebase(std::int64_t time);
  void move_to(const blob_ref& to) noexcept;
  void summarise(std::uint32_t from) noexcept;
  template <class T>
  void summarise(std::size_t column, std::uint32_t from) noexcept;

  rolling_state& state_;
  const log_geometry& geometry_;
  blob_arena& blobs_;
  const std::vector<bool>& is_double_;
  const log_geometry::shape* shape_ = nullptr;
  std::byte* bytes_ = nullptr;
  Time* times_ = nullptr;
  std::uint8_t* flags_ = nullptr;
};

extern template class rolling_log<std::uint32_t>;
extern template class rolling_log<std::int64_t>;

/// Time of the newest event of a log that was written to, whether or not it still counts.
std::int64_t newest_time(const rolling_state& state, const log_geometry& wide,
                         const blob_arena& blobs) noexcept;

/// Rewrites a log with times of 64 bits.
void widen(rolling_state& state, const log_geometry& narrow, const log_geometry& wide,
           blob_arena& blobs, const std::vector<bool>& is_double);

/// True if a restored state holds together: places in order and in the block, times sorted.
bool is_sound(const rolling_state& state, const log_geometry& narrow, const log_geometry& wide,
              const blob_arena& blobs) noexcept;

} // namespace lepton::pipelines
