#pragma once

#include "core/result.hpp"
#include "kernels/trees/tree_ensemble.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::kernels::trees {

/// The lists of one tree, as they stand in a model file of XGBoost.
struct xgboost_tree {
  using numbers = std::vector<double>;

  numbers left, right, feature, condition, default_left, split_type;
  numbers categories, category_nodes, category_segments, category_sizes;
  std::string nodes, leaf_width;
};

/// The sets of categories of all trees so far.
struct category_sets {
  std::vector<std::vector<std::uint32_t>> all;
  std::int64_t members = 0;
};

/// The tree from its root down, so that nodes that pruning left in the file are not taken along;
/// its sets go to `sets`. Errors: malformed, capacity, unsupported (several values in a leaf).
core::result<tree> build_tree(const xgboost_tree& from, category_sets& sets);

/// `value` if it is a whole number of at most 15 digits; else `otherwise`.
std::int64_t integer_of(double value, std::int64_t otherwise);

/// A count that a file has as text; `otherwise` if the text is empty.
core::result<std::int64_t> count_of(std::string_view text, std::int64_t otherwise,
                                    std::string_view what);

} // namespace lepton::kernels::trees
