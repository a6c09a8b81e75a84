#include "kernels/cpu/network_builder.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lepton::kernels::cpu {

namespace {

constexpr std::int64_t max_weights = 16 << 20;
/// Above this width a diagonal matrix is too wasteful a way to write a scaling.
constexpr std::int64_t max_diagonal = 256;
/// A centre of this many widths costs five of float's 24 bits when it is folded; more is too much.
constexpr double max_folded_center = 32;

std::vector<float> narrow(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

} // namespace

network_builder::network_builder(std::int64_t inputs) : inputs_{inputs}, width_{inputs} {
  LEPTON_ASSERT(inputs > 0);
}

core::result<void> network_builder::add_dense(std::vector<double> weights,
                                              std::vector<double> bias) {
  layer next{width_, static_cast<std::int64_t>(bias.size()), std::move(weights), std::move(bias)};
  LEPTON_ASSERT(next.weights.size() == index(next.inputs * next.outputs));
  weight_count_ += next.inputs * next.outputs;
  if (weight_count_ > max_weights)
    return core::error{core::errc::unsupported,
                       fmt::format("more than {} million weights", max_weights >> 20)};
  if (has_pending_)
    fold_pending_into(next);
  width_ = next.outputs;
  layers_.push_back(std::move(next));
  return {};
}

core::result<void> network_builder::add_scaling(const std::vector<double>& scale,
                                                const std::vector<double>& shift) {
  LEPTON_ASSERT(scale.size() == index(width_) && shift.size() == index(width_));
  if (open())
    fold_into_last(scale, shift);
  else
    merge_pending(scale, shift);
  return {};
}

core::result<void> network_builder::add_activation(activation act, float alpha) {
  if (!open() || has_pending_)
    LEPTON_TRY(add_diagonal());
  layers_.back().act = act;
  layers_.back().alpha = alpha;
  return {};
}

core::result<dense_network> network_builder::finish() {
  if (layers_.empty() || has_pending_)
    LEPTON_TRY(add_diagonal());
  dense_network net;
  net.inputs = inputs_;
  net.before = std::move(before_);
  for (const auto& l : layers_)
    net.layers.push_back({l.inputs, l.outputs, narrow(l.weights), narrow(l.bias), l.act, l.alpha});
  return net;
}

void network_builder::fold_into_last(const std::vector<double>& scale,
                                     const std::vector<double>& shift) {
  auto& last = layers_.back();
  for (std::int64_t o = 0; o < last.outputs; ++o) {
    for (std::int64_t i = 0; i < last.inputs; ++i)
      last.weights[index(o * last.inputs + i)] *= scale[index(o)];
    last.bias[index(o)] = last.bias[index(o)] * scale[index(o)] + shift[index(o)];
  }
}

void network_builder::merge_pending(const std::vector<double>& scale,
                                    const std::vector<double>& shift) {
  if (!has_pending_) {
    center_.assign(index(width_), 0.0);
    scale_.assign(index(width_), 1.0);
    shift_.assign(index(width_), 0.0);
    has_pending_ = true;
  }
  for (std::size_t i = 0; i < scale.size(); ++i) {
    if (scale[i] == 1.0 && scale_[i] == 1.0 && shift_[i] == 0.0) {
      center_[i] -= shift[i]; // exact: the kernel subtracts it before anything else
      continue;
    }
    scale_[i] *= scale[i];
    shift_[i] = shift_[i] * scale[i] + shift[i];
  }
}

bool network_builder::cancels_digits() const {
  for (std::size_t i = 0; i < center_.size(); ++i)
    if (!(std::abs(center_[i] * scale_[i]) <= max_folded_center))
      return true;
  return false;
}

void network_builder::fold_pending_into(layer& next) {
  has_pending_ = false;
  if (layers_.empty() && cancels_digits()) {
    before_ = scaling{narrow(center_), narrow(scale_), narrow(shift_)};
    return;
  }
  for (std::int64_t o = 0; o < next.outputs; ++o) {
    double moved = 0;
    for (std::int64_t i = 0; i < next.inputs; ++i) {
      auto& w = next.weights[index(o * next.inputs + i)];
      moved += w * (shift_[index(i)] - center_[index(i)] * scale_[index(i)]);
      w *= scale_[index(i)];
    }
    next.bias[index(o)] += moved;
  }
}

core::result<void> network_builder::add_diagonal() {
  if (width_ > max_diagonal)
    return core::error{core::errc::unsupported,
                       fmt::format("an activation or scaling of {} values that follows no Gemm or "
                                   "MatMul; at most {} are done here",
                                   width_, max_diagonal)};
  std::vector<double> weights(index(width_ * width_), 0.0);
  for (std::int64_t i = 0; i < width_; ++i)
    weights[index(i * width_ + i)] = 1.0;
  return add_dense(std::move(weights), std::vector<double>(index(width_), 0.0));
}

} // namespace lepton::kernels::cpu
