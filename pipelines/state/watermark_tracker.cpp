#include "pipelines/state/watermark_tracker.hpp"

#include "core/assert.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr auto kind = state_kind("WMRK");
constexpr std::uint16_t version = 1;

} // namespace

watermark_tracker::watermark_tracker(watermark_options options, std::size_t partitions,
                                     std::int64_t now_ms)
    : options_{options} {
  while (partitions_.size() < partitions)
    add(now_ms);
}

std::size_t watermark_tracker::add(std::int64_t now_ms) {
  const partition_state fresh{no_watermark, now_ms, false, false};
  for (std::size_t i = 0; i < partitions_.size(); ++i)
    if (partitions_[i].removed) {
      partitions_[i] = fresh;
      return i;
    }
  partitions_.push_back(fresh);
  return partitions_.size() - 1;
}

void watermark_tracker::remove(std::size_t partition) {
  partitions_[partition].removed = true;
}

void watermark_tracker::end(std::size_t partition) {
  partitions_[partition].ended = true;
}

void watermark_tracker::observe(std::size_t partition, std::int64_t newest_ms,
                                std::int64_t now_ms) {
  LEPTON_ASSERT(partition < partitions_.size());
  auto& state = partitions_[partition];
  state.newest = std::max(state.newest, bounded_time(newest_ms));
  state.last_rows = std::max(state.last_rows, now_ms);
}

bool watermark_tracker::idle(std::size_t partition, std::int64_t now_ms) const noexcept {
  return options_.idle_after_ms > 0 &&
         now_ms - partitions_[partition].last_rows >= options_.idle_after_ms;
}

// The smallest newest time; `final_watermark` if nobody has one to offer.
std::int64_t watermark_tracker::slowest(std::int64_t now_ms, bool& all_ended) const noexcept {
  auto out = final_watermark;
  all_ended = true;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto& state = partitions_[i];
    if (state.removed || state.ended)
      continue;
    all_ended = false;
    if (!idle(i, now_ms))
      out = std::min(out, state.newest);
  }
  return out;
}

std::int64_t watermark_tracker::advance(std::int64_t now_ms) {
  bool all_ended = false;
  const auto newest = slowest(now_ms, all_ended);
  const bool has_ended = std::any_of(partitions_.begin(), partitions_.end(),
                                     [](const auto& p) { return p.ended && !p.removed; });
  if (all_ended && has_ended)
    current_ = final_watermark;
  else if (newest != final_watermark && newest != no_watermark)
    current_ = std::max(current_, newest - options_.out_of_orderness_ms);
  return current_;
}

bool watermark_tracker::too_far_ahead(std::size_t partition, std::int64_t now_ms) const noexcept {
  const auto& state = partitions_[partition];
  if (options_.max_drift_ms <= 0 || state.newest == no_watermark)
    return false;
  bool all_ended = false;
  const auto newest = slowest(now_ms, all_ended);
  if (newest == no_watermark)
    return false; // nothing is known of the slowest yet: waiting for it could be for ever
  return newest != final_watermark && state.newest - newest > options_.max_drift_ms;
}

std::string watermark_tracker::save() const {
  std::string body;
  state_writer to{body};
  to.put(current_);
  to.put(static_cast<std::uint32_t>(partitions_.size()));
  for (const auto& state : partitions_) {
    to.put(state.newest);
    to.put(static_cast<std::uint8_t>((state.ended ? 1 : 0) | (state.removed ? 2 : 0)));
  }
  return frame_state(kind, version, body);
}

core::result<void> watermark_tracker::restore(std::string_view bytes, std::int64_t now_ms) {
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(bytes, kind, version, body, size, error))
    return core::error{core::errc::malformed, "watermarks: " + error};
  state_reader from{body};
  current_ = from.get<std::int64_t>();
  partitions_.resize(from.get_count(9));
  for (auto& state : partitions_) {
    const auto newest = from.get<std::int64_t>();
    state.newest = newest == no_watermark ? newest : bounded_time(newest);
    const auto flags = from.get<std::uint8_t>();
    state.ended = (flags & 1) != 0;
    state.removed = (flags & 2) != 0;
    state.last_rows = now_ms;
  }
  if (!from.ok() || !from.at_end())
    return core::error{core::errc::malformed, "watermarks: the state is damaged"};
  return {};
}

std::int64_t watermark_merge::set(std::size_t input, std::int64_t watermark_ms) noexcept {
  inputs_[input] = std::max(inputs_[input], watermark_ms);
  current_ = std::max(current_, *std::min_element(inputs_.begin(), inputs_.end()));
  return current_;
}

void split_late(std::span<const std::int64_t> times, std::int64_t watermark_ms,
                std::int64_t allowed_lateness_ms, std::vector<std::int32_t>& on_time,
                std::vector<std::int32_t>& late) {
  const auto bound = watermark_ms == no_watermark      ? no_watermark
                     : watermark_ms == final_watermark ? final_watermark
                                                       : watermark_ms - allowed_lateness_ms;
  for (std::size_t row = 0; row < times.size(); ++row)
    (times[row] >= bound ? on_time : late).push_back(static_cast<std::int32_t>(row));
}

} // namespace lepton::pipelines
