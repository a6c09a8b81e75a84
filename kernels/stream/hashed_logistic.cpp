#include "kernels/stream/hashed_logistic.hpp"

#include "kernels/train/counter_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lepton::kernels::stream {

namespace {

constexpr std::string_view letters = "LHLR";
constexpr std::uint32_t format_version = 1;

std::uint64_t hash(std::string_view text, std::uint64_t seed) noexcept {
  std::uint64_t sum = train::counter_random::mix(seed + text.size());
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    sum = train::counter_random::mix(sum ^ word) + 0x9e3779b97f4a7c15ull;
  }
  return train::counter_random::mix(sum);
}

} // namespace

core::result<hashed_logistic> hashed_logistic::make(const logistic_options& o) {
  const auto not_negative = [](float x) { return x >= 0 && std::isfinite(x); };
  if (o.bits < 8 || o.bits > 28 || !(o.alpha > 0) || !std::isfinite(o.alpha) ||
      !not_negative(o.beta) || !not_negative(o.l1) || !not_negative(o.l2) ||
      !(o.memory == 0 || (o.memory >= 2 && std::isfinite(o.memory))))
    return core::error{core::errc::invalid_argument,
                       fmt::format("logistic regression with 2^{} weights, alpha {}, beta {}, l1 "
                                   "{}, l2 {}, memory {}: bits must be 8 to 28, alpha above 0, the "
                                   "others not negative, memory 0 or at least 2",
                                   o.bits, o.alpha, o.beta, o.l1, o.l2, o.memory)};
  return hashed_logistic{o};
}

hashed_logistic::hashed_logistic(const logistic_options& options)
    : options_{options}, mask_{(std::uint32_t{1} << options.bits) - 1},
      weights_(std::size_t{mask_} + 1) {}

std::uint32_t hashed_logistic::place(std::uint64_t column) const noexcept {
  return static_cast<std::uint32_t>(train::counter_random::mix(column + 1)) & mask_;
}

std::uint32_t hashed_logistic::place(std::uint64_t column,
                                     std::string_view category) const noexcept {
  return static_cast<std::uint32_t>(hash(category, column + 1)) & mask_;
}

float hashed_logistic::score(std::span<const hashed_feature> row) const noexcept {
  float sum = 0;
  for (const auto& f : row)
    if (std::isfinite(f.value))
      sum += weights_[f.index & mask_].w * f.value;
  return sum;
}

double hashed_logistic::predict(std::span<const hashed_feature> row) const noexcept {
  return 1 / (1 + std::exp(-static_cast<double>(score(row))));
}

double hashed_logistic::learn(std::span<const hashed_feature> row, bool label,
                              float weight) noexcept {
  const double probability = predict(row);
  ++rows_;
  const float slope = std::isfinite(weight) && weight > 0
                          ? weight * static_cast<float>(probability - (label ? 1 : 0))
                          : 0.0f;
  if (slope == 0)
    return probability;
  const auto& o = options_;
  const float kept = o.memory > 0 ? 1 - 1 / o.memory : 1.0f;
  for (const auto& f : row) {
    const float g = slope * f.value;
    if (!std::isfinite(g) || g == 0)
      continue;
    auto& at = weights_[f.index & mask_];
    // Beyond this a square is no number.
    const float step = std::clamp(g, -1e15f, 1e15f);
    const float before = std::sqrt(at.n);
    at.n = at.n * kept + step * step;
    const float root = std::sqrt(at.n);
    at.z += step - (root - before) / o.alpha * at.w;
    const float pull = std::abs(at.z) - o.l1;
    at.w = pull <= 0 ? 0.0f : -std::copysign(pull, at.z) / ((o.beta + root) / o.alpha + o.l2);
  }
  return probability;
}

std::size_t hashed_logistic::used_weights() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(weights_.begin(), weights_.end(), [](const auto& w) { return w.w != 0; }));
}

std::vector<std::uint8_t> hashed_logistic::snapshot() const {
  train::state_writer to{letters, format_version};
  to.put(static_cast<std::int64_t>(options_.bits));
  to.put(rows_);
  std::vector<float> flat;
  flat.reserve(3 * weights_.size());
  for (const auto& w : weights_)
    flat.insert(flat.end(), {w.w, w.z, w.n});
  to.put_all(std::span<const float>{flat});
  return std::move(to).finish();
}

core::result<void> hashed_logistic::restore(std::span<const std::uint8_t> bytes) {
  auto from = train::state_reader::open(bytes, letters, format_version, "the logistic regression");
  if (!from)
    return from.error();
  if (const auto bits = from->get<std::int64_t>(); bits != options_.bits)
    return core::error{core::errc::invalid_argument,
                       fmt::format("the snapshot has 2^{} weights, not 2^{}", bits, options_.bits)};
  const auto rows = from->get<std::int64_t>();
  const auto flat = from->view<float>(3 * weights_.size());
  LEPTON_TRY(from->complete());
  static_assert(sizeof(weight) == 3 * sizeof(float));
  std::memcpy(static_cast<void*>(weights_.data()), flat.data(), flat.size());
  rows_ = rows;
  return {};
}

} // namespace lepton::kernels::stream
