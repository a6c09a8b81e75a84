#include "pipelines/state/dedup.hpp"

#include "pipelines/state/event_time.hpp"
#include "pipelines/state/watermark_tracker.hpp"

#include <algorithm>

namespace lepton::pipelines {

dedup::dedup(const key_layout& keys, std::int64_t horizon_ms, std::uint64_t fingerprint)
    : horizon_{std::clamp<std::int64_t>(horizon_ms, 1, longest_span_ms)},
      table_{{keys.width(), sizeof(seen), {}, 0, 0, stable_hash(fingerprint ^ 0xded)}} {}

void dedup::process(const batch_keys& keys, std::span<const std::int64_t> times,
                    std::int64_t watermark_ms, std::vector<std::int32_t>& kept,
                    std::vector<std::int32_t>& duplicates, std::vector<std::int32_t>& late) {
  on_time_.clear();
  split_late(times, watermark_ms, 0, on_time_, late);
  entries_.resize(on_time_.size());
  table_.find_or_insert(keys, on_time_, 0, entries_);
  for (std::size_t i = 0; i < on_time_.size(); ++i) {
    auto& at = table_.as<seen>(entries_[i]);
    const auto time = bounded_time(times[static_cast<std::size_t>(on_time_[i])]);
    const bool again = at.any != 0 && time < at.newest + horizon_ && time > at.newest - horizon_;
    (again ? duplicates : kept).push_back(on_time_[i]);
    if (again)
      continue;
    at.newest = at.any != 0 ? std::max(at.newest, time) : time;
    at.any = 1;
  }
  const auto bound = bounded_time(watermark_ms) - horizon_;
  table_.sweep(2 * times.size() + 64,
               [&](entry_ref entry) { return table_.as<seen>(entry).newest <= bound; });
}

core::result<void> dedup::finish_restore() {
  return table_.finish_restore([](const std::byte* payload, const blob_arena&) {
    seen at;
    std::memcpy(&at, payload, sizeof at);
    return at.any == 1 && bounded_time(at.newest) == at.newest;
  });
}

} // namespace lepton::pipelines
