#include "kernels/stream/running_scaler.hpp"

#include <cmath>

namespace lepton::kernels::stream {

running_scaler::running_scaler(std::int64_t features, double memory) : memory_{memory} {
  const auto n = static_cast<std::size_t>(features);
  for (auto* v : {&count_, &mean_, &squares_})
    v->assign(n, 0.0);
  center_.assign(n, 0.0f);
  scale_.assign(n, 0.0f);
}

void running_scaler::learn(const float* x, std::int64_t rows) {
  const std::size_t n = mean_.size();
  for (std::int64_t r = 0; r < rows; ++r, x += n)
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = static_cast<double>(x[i]);
      if (!std::isfinite(value))
        continue;
      if (memory_ > 0 && count_[i] >= memory_) {
        squares_[i] *= (memory_ - 1) / count_[i];
        count_[i] = memory_ - 1;
      }
      count_[i] += 1;
      const double before = value - mean_[i];
      mean_[i] += before / count_[i];
      squares_[i] += before * (value - mean_[i]);
    }
  refresh();
}

void running_scaler::refresh() {
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const double variance = count_[i] > 0 ? squares_[i] / count_[i] : 0;
    center_[i] = static_cast<float>(mean_[i]);
    // Less than this is the rounding of a constant.
    const double least = 1e-12 * mean_[i] * mean_[i];
    scale_[i] = variance > least ? static_cast<float>(1 / std::sqrt(variance)) : 0.0f;
  }
}

void running_scaler::apply(const float* x, std::int64_t rows, float* y) const {
  const std::size_t n = center_.size();
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n)
    for (std::size_t i = 0; i < n; ++i)
      y[i] = (x[i] - center_[i]) * scale_[i];
}

void running_scaler::save(train::state_writer& to) const {
  for (const auto* v : {&count_, &mean_, &squares_})
    to.put_all(std::span<const double>{*v});
}

void running_scaler::load(train::state_reader& from) {
  const std::size_t n = mean_.size();
  for (auto* v : {&count_, &mean_, &squares_}) {
    *v = from.get_all<double>(n);
    v->resize(n); // where it was shorter, the reader is not complete
  }
  refresh();
}

} // namespace lepton::kernels::stream
