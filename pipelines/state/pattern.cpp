#include "pipelines/state/pattern.hpp"

#include "pipelines/state/event_time.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

// Starts are kept so that 0, what a new entry holds, means no attempt.
constexpr std::int64_t bias = 2 * time_bound_ms;

} // namespace

core::result<std::unique_ptr<pattern>>
pattern::make(const key_layout& keys, pattern_options options, std::uint64_t fingerprint) {
  const auto invalid = [](const char* text) {
    return core::error{core::errc::invalid_argument, text};
  };
  std::size_t total = 0;
  for (const auto count : options.counts) {
    if (count == 0 || count > 64)
      return invalid("a step of a pattern takes 1 to 64 rows");
    total += count;
  }
  if (total < 2 || total > 64)
    return invalid("a pattern takes 2 to 64 rows");
  if (options.within_ms < 0 || options.within_ms > longest_span_ms)
    return invalid("the time of a pattern lies between 0 and 100 years");
  return std::unique_ptr<pattern>{new pattern{keys, std::move(options), total, fingerprint}};
}

pattern::pattern(const key_layout& keys, pattern_options options, std::size_t total,
                 std::uint64_t fingerprint)
    : options_{std::move(options)}, table_{{keys.width(),
                                            (total - 1) * sizeof(std::int64_t),
                                            {},
                                            0,
                                            0,
                                            stable_hash(fingerprint ^ stable_hash(total))}} {
  for (std::size_t step = 0; step < options_.counts.size(); ++step)
    step_of_.insert(step_of_.end(), options_.counts[step], static_cast<std::uint8_t>(step));
}

// `starts[p - 1]` is the attempt that has p rows. From the longest to the shortest, so that a row
// is taken once by each.
bool pattern::advance(std::int64_t* starts, std::int64_t time, std::uint64_t fits,
                      std::int64_t& start) const noexcept {
  const auto total = step_of_.size();
  bool found = false;
  for (auto progress = total - 1; progress >= 1; --progress) {
    auto& at = starts[progress - 1];
    if (at == 0)
      continue;
    const bool in_time = time - (at - bias) <= options_.within_ms;
    const bool fit = (fits >> step_of_[progress] & 1) != 0;
    if (!in_time || (!fit && options_.strict)) {
      at = 0;
    } else if (fit) {
      if (progress + 1 == total) {
        found = true;
        start = at - bias;
      } else {
        starts[progress] = std::max(starts[progress], at);
      }
      at = 0;
    }
  }
  if (found && !options_.overlap) {
    std::fill(starts, starts + total - 1, 0);
    return true;
  }
  if ((fits & 1) != 0)
    starts[0] = std::max(starts[0], time + bias);
  return found;
}

void pattern::process(const batch_keys& keys, std::span<const std::int64_t> times,
                      std::span<const core::column* const> steps, std::int64_t watermark_ms,
                      std::vector<match>& out) {
  entries_.resize(times.size());
  table_.find_or_insert(keys, 0, entries_);
  for (std::size_t row = 0; row < times.size(); ++row) {
    const auto at = static_cast<std::int64_t>(row);
    std::uint64_t fits = 0;
    for (std::size_t step = 0; step < steps.size(); ++step)
      if (steps[step]->valid(at) && steps[step]->boolean_at(at))
        fits |= std::uint64_t{1} << step;
    std::int64_t start = 0;
    auto* starts = &table_.as<std::int64_t>(entries_[row]);
    if (advance(starts, bounded_time(times[row]), fits, start))
      out.push_back({static_cast<std::int32_t>(row), start});
  }
  const auto bound = bounded_time(watermark_ms) - options_.within_ms + bias;
  table_.sweep(2 * times.size() + 64, [&](entry_ref entry) {
    const auto* starts = &table_.as<std::int64_t>(entry);
    return std::all_of(starts, starts + step_of_.size() - 1,
                       [&](std::int64_t start) { return start < bound; });
  });
}

core::result<void> pattern::finish_restore() {
  return table_.finish_restore([this](const std::byte* payload, const blob_arena&) {
    const auto* starts = reinterpret_cast<const std::int64_t*>(payload);
    return std::all_of(starts, starts + step_of_.size() - 1, [](std::int64_t start) {
      return start == 0 || (start >= bias - time_bound_ms && start <= bias + time_bound_ms);
    });
  });
}

} // namespace lepton::pipelines
