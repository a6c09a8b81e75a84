#include "pipelines/state/count_windows.hpp"

#include "pipelines/state/event_time.hpp"

#include <algorithm>

namespace lepton::pipelines {

core::result<std::unique_ptr<count_windows>> count_windows::make(key_layout keys,
                                                                 window_inputs inputs,
                                                                 std::uint64_t rows,
                                                                 std::int64_t ttl_ms) {
  const auto invalid = [](const char* text) {
    return core::error{core::errc::invalid_argument, text};
  };
  if (rows == 0)
    return invalid("a window of rows takes at least one");
  if (ttl_ms < 0 || ttl_ms > longest_span_ms)
    return invalid("the time to live lies between 0 and 100 years");
  auto set = aggregate_set::make(inputs.aggregates, inputs.values, sizeof(head));
  if (!set)
    return set.error();
  return std::unique_ptr<count_windows>{
      new count_windows{std::move(keys), inputs, rows, ttl_ms, std::move(*set)}};
}

count_windows::count_windows(key_layout keys, const window_inputs& inputs, std::uint64_t rows,
                             std::int64_t ttl_ms, aggregate_set set)
    : keys_{std::move(keys)}, size_{rows}, ttl_{ttl_ms}, set_{std::move(set)},
      table_{{keys_.width(), set_.payload_size(), set_.blobs(), 0, 0,
              stable_hash(inputs.fingerprint ^ set_.fingerprint() ^ rows)}},
      rows_{keys_, set_} {}

void count_windows::add(const batch_keys& keys, std::span<const std::int64_t> times,
                        std::span<const core::column* const> values, std::int64_t watermark_ms) {
  entries_.resize(times.size());
  table_.find_or_insert(keys, 0, entries_);
  for (std::size_t row = 0; row < times.size(); ++row) {
    auto* payload = table_.payload(entries_[row]);
    auto* part = payload;
    auto& at = table_.as<head>(entries_[row]);
    const auto time = bounded_time(times[row]);
    const auto number = static_cast<std::int32_t>(row);
    at.first = at.rows == 0 ? time : std::min(at.first, time);
    at.last = at.rows == 0 ? time : std::max(at.last, time);
    ++at.rows;
    set_.add({&part, 1}, table_.blobs(), values, {&number, 1}, times);
    if (at.rows != size_)
      continue;
    rows_.add(keys.key(row), at.first, at.last + 1, payload, table_.blobs());
    set_.release(payload, table_.blobs());
    std::memset(payload, 0, set_.payload_size());
  }
  const auto bound = ttl_ == 0 ? no_watermark : bounded_time(watermark_ms) - ttl_;
  table_.sweep(2 * times.size() + 64, [&](entry_ref entry) {
    const auto& at = table_.as<head>(entry);
    return at.rows == 0 || at.last < bound;
  });
}

core::result<void> count_windows::finish_restore() {
  return table_.finish_restore([this](const std::byte* payload, const blob_arena& blobs) {
    head at;
    std::memcpy(&at, payload, sizeof at);
    return at.rows < size_ && bounded_time(at.first) == at.first &&
           bounded_time(at.last) == at.last && set_.is_sound(payload, blobs);
  });
}

} // namespace lepton::pipelines
