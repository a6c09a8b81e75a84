#include "kernels/stream/adwin.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::kernels::stream {

namespace {

double size_of_row(std::size_t row) {
  return std::ldexp(1.0, static_cast<int>(row));
}

} // namespace

adwin::adwin(double delta, std::int64_t interval) : delta_{delta}, interval_{interval} {}

bool adwin::add(double value) {
  if (!std::isfinite(value))
    return false;
  insert(value);
  compress();
  if (++seen_ % interval_ != 0 || width_ <= grace)
    return false;
  bool changed = false;
  while (shrink())
    changed = true;
  alarms_ += changed;
  return changed;
}

void adwin::insert(double value) {
  if (rows_.empty())
    rows_.emplace_back();
  rows_[0].push_back({value, 0});
  if (width_ > 0) {
    const auto n = static_cast<double>(width_);
    const double distance = value - total_ / n;
    squares_ += n * distance * distance / (n + 1);
  }
  ++width_;
  total_ += value;
}

/// The two oldest buckets of a full row become one of the next.
void adwin::compress() {
  for (std::size_t row = 0; row < rows_.size() && rows_[row].size() > buckets_of_row; ++row) {
    if (row + 1 == rows_.size())
      rows_.emplace_back();
    auto& from = rows_[row];
    const double n = size_of_row(row);
    const double apart = (from[0].total - from[1].total) / n;
    rows_[row + 1].push_back(
        {from[0].total + from[1].total, from[0].squares + from[1].squares + n * apart * apart / 2});
    from.erase(from.begin(), from.begin() + 2);
  }
}

/// Looks for a place, from the oldest bucket on, where the means on both sides differ; drops the
/// oldest bucket then.
bool adwin::shrink() {
  double n0 = 0, total0 = 0;
  for (std::size_t row = rows_.size(); row-- > 0;)
    for (const auto& b : rows_[row]) {
      n0 += size_of_row(row);
      total0 += b.total;
      const double n1 = static_cast<double>(width_) - n0;
      if (n1 < static_cast<double>(shortest))
        return false;
      if (n0 >= static_cast<double>(shortest) && cut(n0, total0, n1, total_ - total0)) {
        drop_oldest();
        return true;
      }
    }
  return false;
}

bool adwin::cut(double n0, double total0, double n1, double total1) const {
  const double n = n0 + n1;
  const double confidence = std::log(2 * std::log(n) / delta_);
  const double harmonic =
      1 / (n0 - static_cast<double>(shortest) + 1) + 1 / (n1 - static_cast<double>(shortest) + 1);
  const double bound =
      std::sqrt(2 * harmonic * variance() * confidence) + 2.0 / 3.0 * confidence * harmonic;
  return std::abs(total0 / n0 - total1 / n1) > bound;
}

void adwin::drop_oldest() {
  const double n = size_of_row(rows_.size() - 1);
  const bucket oldest = rows_.back().front();
  rows_.back().erase(rows_.back().begin());
  while (!rows_.empty() && rows_.back().empty())
    rows_.pop_back();
  width_ -= static_cast<std::int64_t>(n);
  total_ -= oldest.total;
  const auto left = static_cast<double>(width_);
  const double apart = oldest.total / n - total_ / left;
  squares_ -= oldest.squares + n * left * apart * apart / (n + left);
  squares_ = std::max(squares_, 0.0);
}

void adwin::save(train::state_writer& to) const {
  to.put(width_);
  to.put(total_);
  to.put(squares_);
  to.put(seen_);
  to.put(alarms_);
  to.put(static_cast<std::uint64_t>(rows_.size()));
  for (const auto& row : rows_) {
    std::vector<double> flat;
    for (const auto& b : row)
      flat.insert(flat.end(), {b.total, b.squares});
    to.put_all(std::span<const double>{flat});
  }
}

void adwin::load(train::state_reader& from) {
  width_ = from.get<std::int64_t>();
  total_ = from.get<double>();
  squares_ = from.get<double>();
  seen_ = from.get<std::int64_t>();
  alarms_ = from.get<std::int64_t>();
  rows_.clear();
  const auto count = from.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && i < 64; ++i) {
    const auto flat = from.get_all<double>(2 * buckets_of_row);
    auto& row = rows_.emplace_back();
    for (std::size_t j = 0; j + 1 < flat.size(); j += 2)
      row.push_back({flat[j], flat[j + 1]});
  }
}

} // namespace lepton::kernels::stream
