#include "kernels/trees/tree_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lepton::kernels::trees {

namespace {

std::size_t bytes(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

} // namespace

const char* vectors_of(cpu::cpu_target target) noexcept {
  switch (target) {
    case cpu::cpu_target::generic: return "generic";
    case cpu::cpu_target::avx2: return "AVX2";
    case cpu::cpu_target::avx512: return "AVX-512";
  }
  return "unknown";
}

tree_model::tree_model(std::shared_ptr<const packed_trees> trees, std::string description)
    : trees_{std::move(trees)}, description_{std::move(description)},
      score_{score_of(trees_->target())}, block_{block_rows(trees_->target())},
      codes_(bytes(trees_->view().blocks * trees_->view().columns * block_)),
      results_(bytes(max_piece_leaves * block_)) {
  const auto& view = trees_->view();
  const auto size = static_cast<std::int64_t>(view.in_double ? sizeof(double) : sizeof(float));
  sums_.resize(bytes(view.blocks * view.scores * block_ * size));
  row_.resize(bytes(view.scores * size));
}

std::string tree_model::backend() const {
  return fmt::format("native trees ({})", vectors_of(target()));
}

std::int64_t tree_model::memory() const noexcept {
  return static_cast<std::int64_t>(trees_->byte_size() + codes_.capacity() + results_.capacity() +
                                   sums_.capacity() + row_.capacity());
}

/// Sums of whole blocks to what they start with.
template <class T>
void tree_model::prepare(std::int64_t blocks) {
  const auto& how = trees_->model();
  const auto start = [&](std::int64_t score) -> T {
    switch (how.aggregate) {
      case aggregate::smallest: return std::numeric_limits<T>::infinity();
      case aggregate::largest: return -std::numeric_limits<T>::infinity();
      default: return how.base_first ? static_cast<T>(how.base[bytes(score)]) : T{0};
    }
  };
  T* to = sums_.as<T>();
  for (std::int64_t b = 0; b < blocks; ++b)
    for (std::int64_t s = 0; s < how.scores; ++s, to += block_)
      std::fill_n(to, block_, start(s));
}

/// The sums of one row to its outputs.
template <class T>
void tree_model::finish(std::int64_t row, float* y) {
  const auto& how = trees_->model();
  const T* from = sums_.as<T>() + row / block_ * how.scores * block_ + row % block_;
  T* sums = row_.as<T>();
  for (std::int64_t s = 0; s < how.scores; ++s) {
    T sum = from[s * block_];
    if (how.aggregate == aggregate::average)
      sum /= static_cast<T>(how.divisor);
    // No tree had a value for this score.
    const bool extreme =
        how.aggregate == aggregate::smallest || how.aggregate == aggregate::largest;
    if (extreme && std::isinf(sum))
      sum = 0;
    sums[s] = how.base_first ? sum : sum + static_cast<T>(how.base[bytes(s)]);
  }
  apply(how.link, sums, how.scores, y);
}

template <class T>
void tree_model::run_in(const float* x, std::int64_t rows, float* y) {
  const auto& view = trees_->view();
  const trees_scratch scratch{codes_.data(), results_.data(), sums_.data()};
  const auto width = outputs();
  for (std::int64_t first = 0; first < rows; first += view.blocks * block_) {
    const auto count = std::min(rows - first, view.blocks * block_);
    prepare<T>((count + block_ - 1) / block_);
    score_(view, x + first * view.inputs, count, scratch);
    for (std::int64_t i = 0; i < count; ++i)
      finish<T>(i, y + (first + i) * width);
  }
}

core::result<void> tree_model::run(const float* x, std::int64_t rows, float* y) {
  trees_->view().in_double ? run_in<double>(x, rows, y) : run_in<float>(x, rows, y);
  return {};
}

} // namespace lepton::kernels::trees
