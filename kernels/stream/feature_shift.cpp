#include "kernels/stream/feature_shift.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lepton::kernels::stream {

double stability_index(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual,
                       double least) {
  const auto all_expected =
      static_cast<double>(std::accumulate(expected.begin(), expected.end(), std::int64_t{0}));
  const auto all_actual =
      static_cast<double>(std::accumulate(actual.begin(), actual.end(), std::int64_t{0}));
  if (all_expected == 0 || all_actual == 0)
    return 0;
  double sum = 0;
  for (std::size_t i = 0; i < expected.size() && i < actual.size(); ++i) {
    const double e = std::max(static_cast<double>(expected[i]) / all_expected, least);
    const double a = std::max(static_cast<double>(actual[i]) / all_actual, least);
    sum += (a - e) * std::log(a / e);
  }
  return sum;
}

feature_shift::feature_shift(std::int64_t reference, std::int64_t bins)
    : reference_{std::max(reference, bins)}, bins_{bins} {
  sample_.reserve(static_cast<std::size_t>(reference_));
}

void feature_shift::add(float value) {
  if (ready()) {
    ++actual_[bin_of(value)];
    ++count_;
    return;
  }
  sample_.push_back(value);
  if (static_cast<std::int64_t>(sample_.size()) == reference_)
    make_bins();
}

/// Equal edges (many equal values) are one bin.
void feature_shift::make_bins() {
  std::vector<float> sorted;
  std::copy_if(sample_.begin(), sample_.end(), std::back_inserter(sorted),
               [](float x) { return std::isfinite(x); });
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 1; i < bins_ && !sorted.empty(); ++i) {
    const auto at = static_cast<std::size_t>(i) * sorted.size() / static_cast<std::size_t>(bins_);
    if (edges_.empty() || sorted[at] > edges_.back())
      edges_.push_back(sorted[at]);
  }
  expected_.assign(edges_.size() + 2, 0);
  actual_.assign(edges_.size() + 2, 0);
  for (const float x : sample_)
    ++expected_[bin_of(x)];
  sample_ = {};
}

std::size_t feature_shift::bin_of(float value) const {
  if (!std::isfinite(value))
    return edges_.size() + 1;
  return static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end(), value) -
                                  edges_.begin());
}

void feature_shift::restart() {
  std::fill(actual_.begin(), actual_.end(), 0);
  count_ = 0;
}

void feature_shift::save(train::state_writer& to) const {
  to.put_all(std::span<const float>{sample_});
  to.put_all(std::span<const float>{edges_});
  to.put_all(std::span<const std::int64_t>{expected_});
  to.put_all(std::span<const std::int64_t>{actual_});
  to.put(count_);
}

void feature_shift::load(train::state_reader& from) {
  const auto bins = static_cast<std::uint64_t>(bins_) + 1;
  sample_ = from.get_all<float>(static_cast<std::uint64_t>(reference_));
  edges_ = from.get_all<float>(bins);
  expected_ = from.get_all<std::int64_t>(bins);
  actual_ = from.get_all<std::int64_t>(bins);
  count_ = from.get<std::int64_t>();
}

} // namespace lepton::kernels::stream
