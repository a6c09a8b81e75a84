#pragma once

#include "kernels/train/network.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lepton::kernels::train {

/// Rows to learn from; all arrays are the caller's. `labels` is [rows] of class numbers for
/// cross_entropy and focal, else [rows, outputs].
struct labelled_rows {
  const float* features = nullptr; ///< [rows, inputs]; images as [channels][height][width]
  const float* labels = nullptr;
  const float* weights = nullptr; ///< [rows], not negative; null = all 1
  std::int64_t rows = 0;
};

enum class step_outcome : std::uint8_t {
  learned,
  loss_not_finite,     ///< nothing was changed
  gradient_not_finite, ///< nothing was changed
};

const char* name(step_outcome outcome) noexcept;

struct step_report {
  step_outcome outcome = step_outcome::learned;
  double loss = 0;          ///< weighted mean over the rows, before the update
  double gradient_norm = 0; ///< before clipping
  double rate = 0;          ///< learning rate of the step
};

/// A network that learns from batches, on the CPU and one thread. The same batches give the same
/// weights to the bit, on the same CPU target; padding, dropout and restarts do not change that.
/// Does not judge whether what it learned is good, and does not keep data.
class learner {
public:
  /// `cpu_target` forces "generic", "avx2" or "avx512"; empty = LEPTON_CPU, then the best. Errors:
  /// those of network::make and cpu::choose_target; invalid_argument for losses and optimisers.
  static core::result<std::unique_ptr<learner>> make(network_spec spec,
                                                     std::string_view cpu_target = {});

  const network_spec& spec() const noexcept { return spec_; }
  std::int64_t inputs() const noexcept { return network_->inputs(); }
  std::int64_t outputs() const noexcept { return network_->outputs(); }
  /// Labels of one row.
  std::int64_t label_width() const noexcept;
  /// Steps that were learned from.
  std::int64_t steps() const noexcept { return steps_; }
  /// Bytes of weights, optimiser and buffers; does not grow.
  std::int64_t memory() const noexcept;
  /// "native (avx512)".
  std::string backend() const;

  /// One step. A loss or gradient that is not finite leaves weights, moments and counters as they
  /// were. Errors (invalid_argument, nothing is changed): no rows or more than `max_batch`, a label
  /// that is no number or no class, a weight that is negative or not finite, only weights of zero.
  core::result<step_report> step(const labelled_rows& batch);

  /// The errors that `step` would give, without a step; the features do not matter.
  core::result<void> check(const labelled_rows& batch) const;

  /// Loss of the rows as inference sees them (no dropout); any number of rows. Errors as `step`.
  core::result<double> evaluate(const labelled_rows& batch);

  /// `y` becomes [rows, outputs]: what the layers say, whatever the loss. Any number of rows.
  void predict(const float* features, std::int64_t rows, float* y);

  /// The loss and the gradients of all weights without a step, as `step` computes them.
  core::result<step_report> gradients_of(const labelled_rows& batch);
  /// What the last `step` or `gradients_of` computed. Weights and gradients have the same layout,
  /// which is that of the buffers: for checks, and to add up the gradients of several learners.
  std::span<float> gradients() noexcept;
  std::span<float> weights() noexcept;
  /// Applies `gradients()`, as `step` does, with `loss` in the report.
  step_report apply(double loss);

  /// Sum of the weights of the rows, class weights included. Errors: as `check`.
  core::result<double> weight_of(const labelled_rows& batch);
  /// Takes weights, running statistics and counters (not the moments) of a learner with an equal
  /// network, to compute gradients for it. The dropout's seed stays its own.
  void follow(const learner& other);

  /// The gradient of the loss with respect to the features, [rows, inputs]: for explanations and
  /// for adversarial rows. Errors: as `step`; unsupported for images and embeddings.
  core::result<void> input_gradients(const labelled_rows& batch, float* gradients);

  /// A factor on the learning rate beside the schedule, 1 at the start; part of the snapshot.
  void set_rate_factor(float factor) noexcept { rate_factor_ = factor; }
  float rate_factor() const noexcept { return rate_factor_; }

  /// Weights of each layer in the order of ONNX; empty for layers without.
  std::vector<std::vector<named_values>> values() const;
  /// Takes weights and forgets the optimiser's moments. Errors: another number of layers, a
  /// missing name, a wrong size, a number that is not finite; then nothing is changed.
  core::result<void> set_values(const std::vector<std::vector<named_values>>& values);

  /// Everything that a later learner of an equal spec needs to go on as this one would: weights,
  /// moments, counters. See docs/formats/learner_snapshot.md.
  std::vector<std::uint8_t> snapshot() const;
  /// Errors: malformed (damaged, cut off, not a snapshot), unsupported (a later format),
  /// invalid_argument (of another network or optimiser). Nothing is changed then.
  core::result<void> restore(std::span<const std::uint8_t> bytes);

private:
  learner(network_spec spec, std::unique_ptr<network> net, const train_ops& ops,
          std::string target);
  core::result<void> check_label(float label) const;
  core::result<void> weigh(const labelled_rows& batch);
  double loss_of(const labelled_rows& batch, bool training, float* gradient);
  void start_optimiser();
  std::uint64_t key() const noexcept;
  std::string identity() const;

  network_spec spec_;
  std::unique_ptr<network> network_;
  const train_ops& ops_;
  std::string target_;
  std::int64_t trained_layers_ = 0; ///< without a last softmax or sigmoid that the loss includes
  float_block first_, second_, row_weights_;
  double weight_sum_ = 0;
  std::int64_t steps_ = 0;
  std::uint64_t draws_ = 0; ///< counter of the dropout's random numbers
  float rate_factor_ = 1;
};

} // namespace lepton::kernels::train
