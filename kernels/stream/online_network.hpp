#pragma once

#include "kernels/stream/replay_buffer.hpp"
#include "kernels/stream/running_scaler.hpp"
#include "kernels/train/learner.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace lepton::kernels::stream {

struct online_options {
  bool scale = true;                ///< features to mean 0 and variance 1 as they come
  double scale_memory = 0;          ///< see running_scaler
  std::int64_t replay_capacity = 0; ///< rows kept to learn from again; 0 = none
  double replay_share = 0.5;        ///< of each step's rows, in [0, 1)
  double replay_balance = 1;        ///< see replay_buffer::draw
  double replay_correction = 0;
  retention keep = retention::newest;
};

/// A network that scores each row of a stream before it learns from it, with a scaler and a replay
/// buffer. For a single output of 0 or 1, or for classes. Rows are learned in the order in which
/// they come, in steps of `max_batch` less the replayed ones; the last rows of a call make a
/// smaller step. One thread.
class online_network {
public:
  /// Errors: those of learner::make; invalid_argument for options, images and losses without
  /// classes.
  static core::result<std::unique_ptr<online_network>>
  make(train::network_spec spec, const online_options& options, std::string_view cpu_target = {});

  std::int64_t inputs() const noexcept { return learner_->inputs(); }
  std::int64_t outputs() const noexcept { return learner_->outputs(); }

  /// Scores, [rows, outputs]: probabilities, whatever the last layer.
  void score(const float* x, std::int64_t rows, float* y);
  /// Scores the rows into `y` (null = not wanted) and learns from them, a part after the other.
  /// The report is of the last step; steps that were refused are counted in `refused_steps`.
  /// Errors: invalid_argument for labels; the parts before it are learned.
  core::result<train::step_report> learn(const float* x, const float* labels, std::int64_t rows,
                                         float* y);

  std::int64_t refused_steps() const noexcept { return refused_; }
  train::learner& model() noexcept { return *learner_; }
  const running_scaler* scaler() const noexcept { return scaler_ ? &*scaler_ : nullptr; }

  /// The network with its scaler as ONNX, giving probabilities. Errors: train::export_onnx.
  core::result<std::vector<std::uint8_t>> export_onnx() const;

  /// Learner, scaler and replay buffer together; as learner::snapshot.
  std::vector<std::uint8_t> snapshot() const;
  core::result<void> restore(std::span<const std::uint8_t> bytes);

private:
  online_network(std::unique_ptr<train::learner> model, const online_options& options);
  core::result<train::step_report> learn_part(const float* x, const float* labels,
                                              std::int64_t rows, float* y);
  std::int64_t add_replays(std::int64_t rows);
  void to_probabilities(float* y, std::int64_t rows) const;
  const float* scaled(const float* x, std::int64_t rows);

  online_options options_;
  std::unique_ptr<train::learner> learner_;
  std::optional<running_scaler> scaler_;
  std::optional<replay_buffer> replay_;
  std::int64_t fresh_rows_; ///< new rows of a full step
  std::vector<float> x_, labels_, weights_;
  std::int64_t refused_ = 0;
};

} // namespace lepton::kernels::stream
