#pragma once

#include "core/result.hpp"
#include "kernels/cpu/dense_network.hpp"

#include <cstdint>
#include <vector>

namespace lepton::kernels::cpu {

/// Puts a dense_network together from the operators of a chain, in order. Folds scalings into the
/// layer before or after them (in double precision); a scaling of the inputs whose centre is far
/// from zero against its width stays one, because folding it would cancel digits. Knows no file
/// format. Errors are `unsupported` and name the reason.
class network_builder {
public:
  explicit network_builder(std::int64_t inputs);

  std::int64_t width() const noexcept { return width_; }

  /// W x + b; `weights` is [outputs][width()], `bias` has `outputs` values.
  core::result<void> add_dense(std::vector<double> weights, std::vector<double> bias);
  /// x * scale + shift for each value; both have width() values.
  core::result<void> add_scaling(const std::vector<double>& scale,
                                 const std::vector<double>& shift);
  core::result<void> add_activation(activation act, float alpha = 0);
  core::result<dense_network> finish();

private:
  struct layer {
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    std::vector<double> weights;
    std::vector<double> bias;
    activation act = activation::none;
    float alpha = 0;
  };

  bool open() const noexcept { return !layers_.empty() && layers_.back().act == activation::none; }
  void fold_into_last(const std::vector<double>& scale, const std::vector<double>& shift);
  void merge_pending(const std::vector<double>& scale, const std::vector<double>& shift);
  void fold_pending_into(layer& next);
  bool cancels_digits() const;
  core::result<void> add_diagonal();

  std::int64_t inputs_;
  std::int64_t width_;
  std::int64_t weight_count_ = 0;
  bool has_pending_ = false; ///< (x - center) * scale + shift, not yet in a layer
  std::vector<double> center_, scale_, shift_;
  std::optional<scaling> before_;
  std::vector<layer> layers_;
};

} // namespace lepton::kernels::cpu
