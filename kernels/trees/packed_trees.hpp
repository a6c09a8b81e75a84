#pragma once

#include "core/aligned_buffer.hpp"
#include "kernels/cpu/cpu_target.hpp"
#include "kernels/trees/tree_ensemble.hpp"
#include "kernels/trees/trees_view.hpp"

#include <cstddef>
#include <vector>

namespace lepton::kernels::trees {

/// Rows of one block for that target.
int block_rows(cpu::cpu_target target) noexcept;
/// The evaluation for that target.
trees_function score_of(cpu::cpu_target target) noexcept;

/// A tree_ensemble laid out for the vectors of one target. Never changes after it was made, so that
/// all workers share one; not copyable because the view points into it.
class packed_trees {
public:
  /// `model` passed `check`.
  packed_trees(const tree_ensemble& model, cpu::cpu_target target);
  packed_trees(const packed_trees&) = delete;
  packed_trees& operator=(const packed_trees&) = delete;

  const trees_view& view() const noexcept { return view_; }
  cpu::cpu_target target() const noexcept { return target_; }
  /// What is done to the sums. It has no trees.
  const tree_ensemble& model() const noexcept { return model_; }
  std::size_t byte_size() const noexcept;

private:
  friend class trees_packer;

  tree_ensemble model_;
  cpu::cpu_target target_;
  std::vector<float> thresholds_;
  std::vector<feature_view> features_;
  std::vector<column_view> columns_;
  std::vector<equal_view> equals_;
  std::vector<categories_view> categories_;
  std::vector<std::uint32_t> bits_;
  std::vector<block_node> block_nodes_;
  std::vector<piece_view> pieces_;
  std::vector<walk_node> walk_nodes_;
  std::vector<tree_view> trees_;
  core::aligned_buffer values_;
  trees_view view_{};
};

} // namespace lepton::kernels::trees
