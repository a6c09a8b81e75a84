#pragma once

#include "core/aligned_buffer.hpp"
#include "kernels/model.hpp"
#include "kernels/trees/packed_trees.hpp"

#include <memory>
#include <string>

namespace lepton::kernels::trees {

/// "AVX-512", "AVX2", "generic".
const char* vectors_of(cpu::cpu_target target) noexcept;

/// Tree ensembles in Lepton's own vector code. Holds the scratch memory of one worker; the packed
/// trees are shared. NaN is a missing value and goes where the model says.
class tree_model final : public model {
public:
  tree_model(std::shared_ptr<const packed_trees> trees, std::string description);

  std::int64_t inputs() const noexcept override { return trees_->view().inputs; }
  std::int64_t outputs() const noexcept override {
    return outputs_of(trees_->model().link, trees_->view().scores);
  }
  /// "native trees (AVX-512)".
  std::string backend() const override;
  std::string description() const override { return description_; }
  std::int64_t memory() const noexcept override;
  core::result<void> run(const float* x, std::int64_t rows, float* y) override;

  cpu::cpu_target target() const noexcept { return trees_->target(); }

private:
  template <class T>
  void run_in(const float* x, std::int64_t rows, float* y);
  template <class T>
  void prepare(std::int64_t blocks);
  template <class T>
  void finish(std::int64_t row, float* y);

  std::shared_ptr<const packed_trees> trees_;
  std::string description_;
  trees_function score_;
  std::int64_t block_;
  core::aligned_buffer codes_;
  core::aligned_buffer results_;
  core::aligned_buffer sums_;
  core::aligned_buffer row_; ///< sums of one row
};

} // namespace lepton::kernels::trees
