#pragma once

#include "kernels/trees/tree_ensemble.hpp"
#include "kernels/trees/trees_view.hpp"

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

namespace lepton::kernels::trees {

/// Which column of codes answers a node's test, and from which code on the answer is no.
struct coded_test {
  std::int64_t column = 0;
  std::int32_t least_no = 0;
};

/// The columns of codes that an ensemble needs: one for each feature, way to treat what is missing,
/// and 255 thresholds, and one for each test that is no threshold. Does not compute codes (see
/// encode.hpp).
class column_table {
public:
  explicit column_table(const tree_ensemble& model);

  /// The columns of one feature's thresholds.
  struct feature_columns {
    std::int32_t feature = 0;
    std::vector<float> thresholds; ///< sorted, each once
    std::int64_t first_column = 0;
    std::int64_t column_count = 0;
  };

  const std::vector<feature_columns>& features() const noexcept { return features_; }
  const std::vector<column_view>& columns() const noexcept { return columns_; }
  /// Tests with a column of their own: equalities, then sets of categories, each in the order of
  /// the features. The first has the column `columns().size()`.
  const std::vector<tree_node>& specials() const noexcept { return specials_; }
  std::int64_t column_count() const noexcept {
    return static_cast<std::int64_t>(columns_.size() + specials_.size());
  }

  coded_test find(const tree_node& node) const;

private:
  /// A feature, its group of 255 thresholds, and how what is missing is treated.
  using group_key = std::tuple<std::int32_t, std::int64_t, missing, bool>;
  using special_key = std::tuple<test, std::int32_t, float, std::int32_t, bool>;

  void collect_thresholds(const tree_ensemble& model);
  void collect_groups(const tree_ensemble& model);
  std::int64_t threshold_index(const tree_node& node) const;
  static special_key special_key_of(const tree_node& node);
  column_view column_of(const group_key& key) const;

  std::vector<feature_columns> features_;
  std::vector<std::int32_t> place_of_; ///< feature number to its place in `features_`, or -1
  std::map<group_key, std::int64_t> groups_;
  std::vector<column_view> columns_;
  std::map<special_key, std::int64_t> special_columns_;
  std::vector<tree_node> specials_;
};

} // namespace lepton::kernels::trees
