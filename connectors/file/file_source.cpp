#include "connectors/file/file_source.hpp"

#include "connectors/file/file_path.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

constexpr auto longest_wait = std::chrono::milliseconds{50};
constexpr auto look_every = std::chrono::seconds{1}; // for new files

} // namespace

core::result<void> file_source::open(core::ref_ptr<core::waker>) {
  LEPTON_TRY(find_files(options_.from_end));
  if (tails_.empty() && !options_.tail.follow)
    return core::error{core::errc::not_found, fmt::format("no file matches {}", options_.path)};
  return {};
}

core::result<void> file_source::find_files(bool from_end) {
  looked_ = std::chrono::steady_clock::now();
  if (options_.tail.follow && !is_pattern(folder_of(options_.path)))
    watch_.add(folder_of(options_.path));
  for (const auto& path : matching_files(options_.path)) {
    if (!known_.insert(path).second)
      continue;
    auto tail =
        std::make_unique<file_tail>(path, static_cast<std::int32_t>(tails_.size()), options_.tail);
    // The files of a pattern that are read one by one are opened one by one, too.
    if (options_.tail.follow || !is_pattern(options_.path))
      LEPTON_TRY(tail->open(from_end));
    if (options_.tail.follow)
      watch_.add(folder_of(path));
    tails_.push_back(std::move(tail));
  }
  return {};
}

core::result<core::source_poll> file_source::poll(core::poll_budget budget) {
  auto batch = read(budget);
  if (!batch)
    return batch.error();
  if (*batch)
    return hand_out(std::move(*batch));
  if (!options_.tail.follow)
    return core::source_poll{core::source_state::exhausted, nullptr, {}};
  const bool changed = watch_.wait(longest_wait);
  if (changed || std::chrono::steady_clock::now() - looked_ >= look_every)
    LEPTON_TRY(find_files(false));
  return core::source_poll{core::source_state::idle, nullptr,
                           changed ? std::chrono::nanoseconds{1} : std::chrono::milliseconds{5}};
}

/// Followed files take turns; others are read to their end, one by one.
core::result<core::ref_ptr<line_batch>> file_source::read(core::poll_budget budget) {
  for (std::size_t i = 0; i < tails_.size(); ++i) {
    auto& tail = *tails_[turn_ % tails_.size()];
    auto batch = tail.next(budget);
    if (!batch)
      return batch.error();
    if (options_.tail.follow || !*batch)
      ++turn_;
    if (*batch)
      return batch;
  }
  return core::ref_ptr<line_batch>{};
}

core::source_poll file_source::hand_out(core::ref_ptr<line_batch> batch) {
  batch->sequence = sequence_++;
  batch->received = core::raw_batch::clock::now();
  return {core::source_state::ready, std::move(batch), {}};
}

} // namespace lepton::connectors
