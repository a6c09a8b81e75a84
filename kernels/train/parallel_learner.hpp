#pragma once

#include "kernels/train/learner.hpp"

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

namespace lepton::kernels::train {

/// A learner whose steps are computed by several threads, each on its part of the batch. The
/// gradients are added up in the order of the parts, so that the same number of threads gives the
/// same bits; another number differs in the last digits. Batch normalisation takes the statistics
/// of each part, and its running ones from the first. Worth it where a step takes much longer than
/// waking the threads (some 10 us).
class parallel_learner {
public:
  /// `threads` from 1 to 256, the caller's included. Errors: as learner::make.
  static core::result<std::unique_ptr<parallel_learner>> make(const network_spec& spec, int threads,
                                                              std::string_view cpu_target = {});
  ~parallel_learner();
  parallel_learner(const parallel_learner&) = delete;
  parallel_learner& operator=(const parallel_learner&) = delete;

  /// As learner::step. Called from one thread at a time.
  core::result<step_report> step(const labelled_rows& batch);

  /// The learner that has the weights, moments and counters: for predictions, snapshots and the
  /// rest. Between steps it may also learn on its own.
  learner& model() noexcept { return *replicas_[0]; }

private:
  /// What one thread has to do and what came out.
  struct part {
    labelled_rows rows;
    double weight = 0; ///< 0 = nothing to do
    step_report report;
  };

  explicit parallel_learner(std::vector<std::unique_ptr<learner>> replicas);
  core::result<void> divide(const labelled_rows& batch);
  void work(std::size_t i);
  void compute(std::size_t i);
  step_report combine();

  std::vector<std::unique_ptr<learner>> replicas_;
  std::vector<part> parts_;
  std::barrier<> start_, end_;
  bool stop_ = false;
  std::vector<std::jthread> threads_; ///< one for each replica but the first
};

} // namespace lepton::kernels::train
