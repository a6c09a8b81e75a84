#include "kernels/stream/replay_buffer.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::kernels::stream {

replay_buffer::replay_buffer(std::int64_t features, std::int64_t classes, std::int64_t capacity,
                             retention keep, std::uint64_t seed)
    : features_{features}, places_{std::max<std::int64_t>(1, capacity / classes)}, keep_{keep},
      classes_(static_cast<std::size_t>(classes)), random_{seed} {}

std::int64_t replay_buffer::size() const noexcept {
  std::int64_t sum = 0;
  for (const auto& c : classes_)
    sum += size_of(c);
  return sum;
}

std::int64_t replay_buffer::size_of(std::int64_t label) const noexcept {
  return size_of(classes_[static_cast<std::size_t>(label)]);
}

void replay_buffer::add(const float* x, std::int64_t label) {
  if (label < 0 || label >= static_cast<std::int64_t>(classes_.size()))
    return;
  auto& c = classes_[static_cast<std::size_t>(label)];
  ++c.seen;
  if (size_of(c) < places_) {
    c.x.insert(c.x.end(), x, x + features_);
    return;
  }
  std::int64_t at = c.next;
  if (keep_ == retention::newest)
    c.next = (c.next + 1) % places_;
  else
    at = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(c.seen)));
  if (at < places_)
    std::copy(x, x + features_, c.x.begin() + at * features_);
}

/// The chance of each class.
std::vector<double> replay_buffer::shares(double balance) const {
  double seen = 0, present = 0;
  for (const auto& c : classes_) {
    seen += static_cast<double>(c.seen);
    present += c.seen > 0;
  }
  std::vector<double> all;
  for (const auto& c : classes_)
    all.push_back(
        c.seen == 0 ? 0 : balance / present + (1 - balance) * static_cast<double>(c.seen) / seen);
  return all;
}

bool replay_buffer::draw(std::int64_t rows, double balance, double correction, float* x,
                         float* labels, float* weights) {
  if (size() == 0)
    return false;
  const auto share = shares(balance), natural = shares(0);
  for (std::int64_t r = 0; r < rows; ++r) {
    double left = random_.uniform();
    std::size_t k = 0, last = 0;
    for (k = 0; k < share.size(); ++k) {
      if (share[k] == 0)
        continue;
      last = k;
      if (left < share[k])
        break;
      left -= share[k];
    }
    k = last; // rounding may leave a rest after the last class
    const auto& c = classes_[k];
    const auto row = random_.below(static_cast<std::uint64_t>(size_of(c)));
    const auto* from = c.x.data() + static_cast<std::int64_t>(row) * features_;
    std::copy(from, from + features_, x + r * features_);
    labels[r] = static_cast<float>(k);
    weights[r] = static_cast<float>(std::pow(natural[k] / share[k], correction));
  }
  return true;
}

void replay_buffer::save(train::state_writer& to) const {
  to.put(random_.counter());
  for (const auto& c : classes_) {
    to.put(c.seen);
    to.put(c.next);
    to.put_all(std::span<const float>{c.x});
  }
}

void replay_buffer::load(train::state_reader& from) {
  random_.set_counter(from.get<std::uint64_t>());
  for (auto& c : classes_) {
    c.seen = from.get<std::int64_t>();
    c.next = from.get<std::int64_t>();
    c.x = from.get_all<float>(static_cast<std::uint64_t>(places_ * features_));
    c.x.resize(c.x.size() / static_cast<std::size_t>(features_) *
               static_cast<std::size_t>(features_));
    if (c.next < 0 || c.next >= places_)
      c.next = 0;
  }
}

} // namespace lepton::kernels::stream
