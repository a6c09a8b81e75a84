#include "kernels/stream/progressive_metrics.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::kernels::stream {

namespace {

constexpr std::size_t bin_count = 4096;
constexpr double largest_logit = 16;

std::size_t bin_of(double score) {
  const double logit = std::log(score) - std::log1p(-score); // infinite at 0 and 1
  const double place = (logit + largest_logit) / (2 * largest_logit) * bin_count;
  return static_cast<std::size_t>(std::clamp(place, 0.0, bin_count - 1.0));
}

double score_at(double bin) {
  return 1 / (1 + std::exp(largest_logit - bin / bin_count * 2 * largest_logit));
}

} // namespace

progressive_metrics::progressive_metrics(double decay) : decay_{decay}, bins_(bin_count) {}

void progressive_metrics::add(double score, bool positive, double weight) {
  if (!(score >= 0 && score <= 1) || !(weight >= 0)) {
    ++refused_;
    return;
  }
  ++rows_;
  unit_ /= decay_;
  const double counts = unit_ * weight;
  auto& b = bins_[bin_of(score)];
  (positive ? b.positive : b.negative) += counts;
  (positive ? positives_ : negatives_) += counts;
  loss_ -= counts * std::log(std::max(positive ? score : 1 - score, 1e-7));
  if (unit_ > 1e100)
    shrink();
}

void progressive_metrics::shrink() {
  for (auto& b : bins_) {
    b.positive /= unit_;
    b.negative /= unit_;
  }
  positives_ /= unit_;
  negatives_ /= unit_;
  loss_ /= unit_;
  unit_ = 1;
}

double progressive_metrics::auc() const {
  if (positives_ == 0 || negatives_ == 0)
    return 0.5;
  double below = 0, won = 0;
  for (const auto& b : bins_) {
    won += b.positive * (below + b.negative / 2);
    below += b.negative;
  }
  return won / positives_ / negatives_;
}

double progressive_metrics::auc_uncertainty() const {
  if (positives_ == 0 || negatives_ == 0)
    return 0.5;
  double tied = 0;
  for (const auto& b : bins_)
    tied += b.positive * b.negative;
  return tied / 2 / positives_ / negatives_;
}

double progressive_metrics::pr_auc() const {
  if (positives_ == 0)
    return 0;
  double hits = 0, alerts = 0, sum = 0;
  for (auto b = bins_.rbegin(); b != bins_.rend(); ++b) {
    hits += b->positive;
    alerts += b->positive + b->negative;
    if (b->positive > 0)
      sum += b->positive * hits / alerts;
  }
  return sum / positives_;
}

double progressive_metrics::log_loss() const {
  const double all = positives_ + negatives_;
  return all > 0 ? loss_ / all : 0;
}

double progressive_metrics::recall_at(double alert_rate) const {
  if (positives_ == 0)
    return 0;
  double left = alert_rate * (positives_ + negatives_), hits = 0;
  for (auto b = bins_.rbegin(); b != bins_.rend() && left > 0; ++b) {
    const double here = b->positive + b->negative;
    if (here == 0)
      continue;
    hits += b->positive * std::min(1.0, left / here);
    left -= here;
  }
  return hits / positives_;
}

double progressive_metrics::threshold_at(double alert_rate) const {
  double left = alert_rate * (positives_ + negatives_);
  for (std::size_t i = bin_count; i-- > 0;) {
    const double here = bins_[i].positive + bins_[i].negative;
    if (here > 0 && here >= left)
      return score_at(static_cast<double>(i + 1) - left / here);
    left -= here;
  }
  return 0;
}

void progressive_metrics::save(train::state_writer& to) const {
  for (const double x : {unit_, positives_, negatives_, loss_})
    to.put(x);
  to.put(rows_);
  to.put(refused_);
  std::vector<double> flat;
  for (const auto& b : bins_)
    flat.insert(flat.end(), {b.positive, b.negative});
  to.put_all(std::span<const double>{flat});
}

void progressive_metrics::load(train::state_reader& from) {
  for (double* x : {&unit_, &positives_, &negatives_, &loss_})
    *x = from.get<double>();
  rows_ = from.get<std::int64_t>();
  refused_ = from.get<std::int64_t>();
  const auto flat = from.get_all<double>(2 * bin_count);
  bins_.assign(bin_count, {});
  for (std::size_t i = 0; 2 * i + 1 < flat.size(); ++i)
    bins_[i] = {flat[2 * i], flat[2 * i + 1]};
}

} // namespace lepton::kernels::stream
