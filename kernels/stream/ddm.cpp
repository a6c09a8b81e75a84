#include "kernels/stream/ddm.hpp"

#include <cmath>

namespace lepton::kernels::stream {

drift_level ddm::add(bool error) noexcept {
  ++count_;
  const auto n = static_cast<double>(count_);
  rate_ += ((error ? 1 : 0) - rate_) / n;
  const double deviation = std::sqrt(rate_ * (1 - rate_) / n);
  if (count_ <= warm_up_)
    return drift_level::none;
  if (rate_ + deviation <= lowest_rate_ + lowest_deviation_) {
    lowest_rate_ = rate_;
    lowest_deviation_ = deviation;
  }
  if (rate_ + deviation > lowest_rate_ + drift_ * lowest_deviation_) {
    const auto drifts = drifts_ + 1;
    *this = ddm{warm_up_, warning_, drift_};
    drifts_ = drifts;
    return drift_level::drift;
  }
  return rate_ + deviation > lowest_rate_ + warning_ * lowest_deviation_ ? drift_level::warning
                                                                         : drift_level::none;
}

void ddm::save(train::state_writer& to) const {
  to.put(count_);
  for (const double x : {rate_, lowest_rate_, lowest_deviation_})
    to.put(x);
  to.put(drifts_);
}

void ddm::load(train::state_reader& from) {
  count_ = from.get<std::int64_t>();
  for (double* x : {&rate_, &lowest_rate_, &lowest_deviation_})
    *x = from.get<double>();
  drifts_ = from.get<std::int64_t>();
}

} // namespace lepton::kernels::stream
