#include "connectors/generator/generator_source.hpp"

#include <algorithm>

namespace lepton::connectors {

namespace {

constexpr auto shortest_wait = std::chrono::milliseconds{1};

} // namespace

generator_source::generator_source(const generator_options& options)
    : options_{options}, name_{std::make_shared<const std::string>(options.kind->name)} {
  // With a rate, how many records a time span has does not depend on the clock.
  if (options_.rate && options_.duration) {
    const double seconds = std::chrono::duration<double>(*options_.duration).count();
    const auto most = static_cast<std::int64_t>(*options_.rate * seconds);
    options_.count = std::min(options_.count.value_or(most), most);
    options_.duration.reset();
  }
}

core::result<void> generator_source::open(core::ref_ptr<core::waker>) {
  start_ = clock::now();
  return {};
}

std::chrono::nanoseconds generator_source::due_in(std::int64_t records,
                                                  clock::time_point now) const {
  const auto at =
      std::chrono::duration<double>(static_cast<double>(next_ + records) / *options_.rate);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at) - (now - start_);
}

core::result<core::source_poll> generator_source::poll(core::poll_budget budget) {
  const auto now = clock::now();
  const auto record_bytes = generated_batch::record_bytes(*options_.kind, options_.json);
  std::int64_t most =
      std::max<std::int64_t>(1, std::min(budget.records, budget.bytes / record_bytes));
  if (options_.count)
    most = std::min(most, *options_.count - next_);
  if (most <= 0 || (options_.duration && now - start_ >= *options_.duration))
    return core::source_poll{core::source_state::exhausted, nullptr, {}};
  if (options_.rate) {
    const double passed = std::chrono::duration<double>(now - start_).count();
    const auto due = static_cast<std::int64_t>(passed * *options_.rate) - next_;
    if (due <= 0) // wait for a few at once rather than for each
      return core::source_poll{core::source_state::idle, nullptr,
                               std::max<std::chrono::nanoseconds>(due_in(1, now), shortest_wait)};
    most = std::min(most, due);
  }
  return hand_out(most);
}

core::source_poll generator_source::hand_out(std::int64_t count) {
  auto batch =
      core::make_ref<generated_batch>(*options_.kind, options_.seed, next_, count, options_.json);
  next_ += count;
  batch->topic = name_;
  batch->sequence = sequence_++;
  batch->received = clock::now();
  return {core::source_state::ready, std::move(batch), {}};
}

} // namespace lepton::connectors
