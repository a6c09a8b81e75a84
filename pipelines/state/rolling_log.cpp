#include "pipelines/state/rolling_log.hpp"

#include "core/assert.hpp"
#include "pipelines/state/event_time.hpp"

namespace lepton::pipelines {

log_geometry::log_geometry(std::size_t values, std::size_t time_bytes, bool nulls)
    : values_{values}, time_bytes_{time_bytes}, nulls_{nulls},
      event_bytes_{values * 8 + time_bytes + (nulls ? 1 : 0)} {
  for (std::size_t bytes = 1; bytes < (std::size_t{1} << 31);
       bytes = blob_arena::capacity_for(bytes) + 1)
    shapes_.push_back(fit(blob_arena::capacity_for(bytes)));
}

// Sets the places of the parts for `capacity` events and returns the bytes that they take.
std::size_t log_geometry::lay_out(std::size_t capacity, shape& out) const noexcept {
  out = {};
  out.capacity = static_cast<std::uint32_t>(capacity);
  std::size_t at = values_ * 8 * capacity;
  out.times_at = static_cast<std::uint32_t>(at);
  at += time_bytes_ * capacity;
  out.flags_at = static_cast<std::uint32_t>(at);
  at += nulls_ ? capacity : 0;
  if (capacity < long_log || values_ == 0)
    return at;
  at = (at + 7) / 8 * 8;
  for (std::size_t size = capacity / fan; size != 0 && out.levels < 6; size /= fan) {
    out.level_at[out.levels] = static_cast<std::uint32_t>(at);
    out.level_size[out.levels] = static_cast<std::uint32_t>(size);
    ++out.levels;
    at += size * values_ * summary_bytes;
  }
  return at;
}

log_geometry::shape log_geometry::fit(std::size_t bytes) const noexcept {
  std::size_t low = 0;
  std::size_t high = bytes / event_bytes_;
  shape out;
  while (low < high) {
    const auto middle = (low + high + 1) / 2;
    if (lay_out(middle, out) <= bytes)
      low = middle;
    else
      high = middle - 1;
  }
  lay_out(low, out);
  return out;
}

std::size_t log_geometry::bytes_for(std::size_t events) const noexcept {
  shape ignored;
  return lay_out(events, ignored);
}

template <class Time>
bool rolling_log<Time>::can_hold(std::int64_t time) const noexcept {
  if (sizeof(Time) != 4 || state_.begin == state_.end ||
      static_cast<std::uint64_t>(time - state_.base) < UINT32_MAX)
    return true;
  const auto oldest = std::min(time, this->time(state_.begin));
  const auto newest = std::max(time, this->time(state_.end - 1));
  return newest - oldest < std::int64_t{UINT32_MAX} - room_below;
}

template <class Time>
std::uint32_t rolling_log<Time>::insert(std::int64_t time, const std::uint64_t* const* values,
                                        std::size_t row, std::uint8_t nulls) {
  if (state_.log.handle == 0 || state_.end == shape_->capacity)
    make_room();
  if (state_.begin == state_.end) {
    state_.begin = state_.end = 0;
    state_.base = sizeof(Time) == 4 ? time - room_below : 0;
    state_.newest = sizeof(Time) == 4 ? 0 : rolling_state::wide_times;
  } else if (sizeof(Time) == 4 && static_cast<std::uint64_t>(time - state_.base) >= UINT32_MAX) {
    rebase(time);
  }
  const auto relative = static_cast<Time>(time - state_.base);
  auto place = state_.end;
  while (place != state_.begin && times_[place - 1] > relative)
    --place;
  const auto behind = state_.end - place;
  if (behind != 0) {
    std::memmove(times_ + place + 1, times_ + place, behind * sizeof(Time));
    if (flags_ != nullptr)
      std::memmove(flags_ + place + 1, flags_ + place, behind);
  }
  times_[place] = relative;
  if (flags_ != nullptr)
    flags_[place] = nulls;
  for (std::size_t column = 0; column < geometry_.values(); ++column) {
    auto* at = reinterpret_cast<std::uint64_t*>(bytes_) + column * shape_->capacity + place;
    if (behind != 0)
      std::memmove(at + 1, at, behind * sizeof *at);
    *at = values[column][row];
  }
  ++state_.end;
  if (sizeof(Time) == 4)
    state_.newest = std::max(state_.newest, static_cast<std::uint32_t>(relative));
  if (shape_->levels != 0 && (behind != 0 || state_.end % log_geometry::fan == 0))
    summarise(place);
  return place;
}

// Times beyond 32 bits from the base: the base moves towards what is still in the log.
template <class Time>
void rolling_log<Time>::rebase(std::int64_t time) {
  LEPTON_ASSERT(can_hold(time));
  const auto base = std::min(time, this->time(state_.begin)) - room_below;
  for (auto at = state_.begin; at != state_.end; ++at)
    times_[at] = static_cast<Time>(this->time(at) - base);
  state_.base = base;
  state_.newest = static_cast<std::uint32_t>(times_[state_.end - 1]);
}

template <class Time>
void rolling_log<Time>::make_room() {
  const auto count = state_.end - state_.begin;
  const auto capacity = state_.log.handle == 0 ? 0 : shape_->capacity;
  const bool few = capacity > 16 && count * 4 < capacity;
  if (capacity != 0 && !few && state_.begin >= std::max(1u, capacity / 8)) {
    move_to(state_.log);
    return;
  }
  const auto bytes = geometry_.bytes_for(std::max<std::size_t>(2, count + 1 + count / 4));
  auto to = blobs_.allocate(blob_arena::capacity_for(bytes));
  std::memset(blobs_.at(to), 0, to.size);
  auto from = state_.log;
  move_to(to);
  blobs_.release(from);
}

// Copies what counts to the start of `to`, which may be the block itself.
template <class Time>
void rolling_log<Time>::move_to(const blob_ref& to) noexcept {
  const auto count = state_.end - state_.begin;
  const auto* times = times_;
  const auto* flags = flags_;
  const auto* bytes = bytes_;
  const auto old = shape_ == nullptr ? log_geometry::shape{} : *shape_;
  state_.log = to;
  attach();
  if (count != 0) {
    // In this order nothing is overwritten before it is read when both are one block.
    for (std::size_t column = 0; column < geometry_.values(); ++column)
      std::memmove(reinterpret_cast<std::uint64_t*>(bytes_) + column * shape_->capacity,
                   reinterpret_cast<const std::uint64_t*>(bytes) + column * old.capacity +
                       state_.begin,
                   count * sizeof(std::uint64_t));
    std::memmove(times_, times + state_.begin, count * sizeof(Time));
    if (flags_ != nullptr)
      std::memmove(flags_, flags + state_.begin, count);
  }
  state_.begin = 0;
  state_.end = count;
  if (shape_->levels != 0)
    summarise(0);
}

template <class Time>
void rolling_log<Time>::summarise(std::uint32_t from) noexcept {
  for (std::size_t column = 0; column < geometry_.values(); ++column) {
    if (is_double_[column])
      summarise<double>(column, from);
    else
      summarise<std::int64_t>(column, from);
  }
}

// Renews all full stretches that hold the event `from` or a later one.
template <class Time>
template <class T>
void rolling_log<Time>::summarise(std::size_t column, std::uint32_t from) noexcept {
  constexpr auto fan = static_cast<std::uint32_t>(log_geometry::fan);
  const T* at = values<T>(column);
  std::uint32_t step = fan;
  for (std::size_t level = 1; level <= shape_->levels; ++level, step *= fan)
    for (auto number = from / step; (number + 1) * step <= state_.end; ++number) {
      stretch_summary<T> total;
      if (level == 1)
        add_events<T>(at, column, (number + 1) * step, number * step, total);
      else
        for (auto part = (number + 1) * fan; part-- > number * fan;)
          total.merge(summary<T>(column, level - 1, part));
      summary<T>(column, level, number) = total;
    }
}

template class rolling_log<std::uint32_t>;
template class rolling_log<std::int64_t>;

namespace {

template <class Time>
bool sorted_times(const rolling_state& state, const std::byte* at) noexcept {
  const auto* times = reinterpret_cast<const Time*>(at);
  return std::is_sorted(times + state.begin, times + state.end);
}

} // namespace

std::int64_t newest_time(const rolling_state& state, const log_geometry& wide,
                         const blob_arena& blobs) noexcept {
  if (!state.wide())
    return state.base + static_cast<std::int64_t>(state.newest);
  const auto* times =
      reinterpret_cast<const std::int64_t*>(blobs.at(state.log) + wide.of(state.log).times_at);
  return times[state.end - 1];
}

void widen(rolling_state& state, const log_geometry& narrow, const log_geometry& wide,
           blob_arena& blobs, const std::vector<bool>& is_double) {
  rolling_state fresh;
  fresh.newest = rolling_state::wide_times;
  const rolling_log<std::uint32_t> from{state, narrow, blobs, is_double};
  for (auto place = from.begin(); place != from.end(); ++place) {
    std::vector<const std::uint64_t*> values;
    for (std::size_t column = 0; column < narrow.values(); ++column)
      values.push_back(from.values<std::uint64_t>(column));
    const auto nulls = from.flags() == nullptr ? std::uint8_t{0} : from.flags()[place];
    rolling_log<std::int64_t>{fresh, wide, blobs, is_double}.insert(from.time(place), values.data(),
                                                                    place, nulls);
  }
  blobs.release(state.log);
  state = fresh;
}

bool is_sound(const rolling_state& state, const log_geometry& narrow, const log_geometry& wide,
              const blob_arena& blobs) noexcept {
  if (state.base > 2 * time_bound_ms || state.base < -2 * time_bound_ms ||
      (state.wide() && state.base != 0))
    return false;
  if (state.log.handle == 0)
    return state.begin == 0 && state.end == 0 && !state.wide();
  const auto& shape = (state.wide() ? wide : narrow).of(state.log);
  if (state.log.size != blob_arena::capacity(state.log) || state.begin > state.end ||
      state.end > shape.capacity || state.end == 0)
    return false;
  const auto* at = blobs.at(state.log) + shape.times_at;
  return state.wide() ? sorted_times<std::int64_t>(state, at)
                      : sorted_times<std::uint32_t>(state, at);
}

} // namespace lepton::pipelines
