#pragma once

#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <vector>

namespace lepton::kernels::stream {

/// How good the scores of a binary classifier are, over a stream in which each row is scored before
/// its label is learned. Scores are counted in 4,096 bins of equal width between the logits -16 and
/// 16 (1/128 each): what depends on their order is exact but for pairs within a bin, and
/// `auc_uncertainty` says how many those are. Memory does not grow.
class progressive_metrics {
public:
  /// A row counts `decay` times as much with each row after it; 1 = all rows count the same, 0.9999
  /// = mostly the last 10,000.
  explicit progressive_metrics(double decay = 1);

  /// `score` is a probability; rows with a score that is no number are counted as `refused` only.
  void add(double score, bool positive, double weight = 1);

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t refused() const noexcept { return refused_; }

  /// Chance that a positive row has a higher score than a negative one, ties counting half. 0.5
  /// before there are both.
  double auc() const;
  /// The exact value is within `auc` plus or minus this.
  double auc_uncertainty() const;
  /// Average precision: the mean over the positive rows of the precision at their score. 0 before
  /// there are any.
  double pr_auc() const;
  /// Mean of -ln(probability of what was true), the probability being at least 1e-7.
  double log_loss() const;
  /// Share of the positive rows among the `alert_rate` (in (0, 1]) rows with the highest scores, in
  /// hindsight: the threshold is chosen over the same rows. Within a bin rows are taken to be
  /// mixed.
  double recall_at(double alert_rate) const;
  /// The score above which `alert_rate` of the rows lie.
  double threshold_at(double alert_rate) const;

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  struct bin {
    double positive = 0, negative = 0;
  };

  void shrink();

  double decay_;
  double unit_ = 1; ///< what a row counts now; grows instead of all others shrinking
  std::vector<bin> bins_;
  double positives_ = 0, negatives_ = 0, loss_ = 0;
  std::int64_t rows_ = 0, refused_ = 0;
};

} // namespace lepton::kernels::stream
