#include "kernels/trees/column_table.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace lepton::kernels::trees {

column_table::column_table(const tree_ensemble& model) {
  collect_thresholds(model);
  collect_groups(model);
}

void column_table::collect_thresholds(const tree_ensemble& model) {
  place_of_.assign(static_cast<std::size_t>(model.inputs), -1);
  std::vector<std::vector<float>> by_feature(static_cast<std::size_t>(model.inputs));
  for (const auto& t : model.trees)
    for (const auto& node : t.nodes)
      if (node.test == test::at_most)
        by_feature[static_cast<std::size_t>(node.feature)].push_back(node.threshold);
  for (std::size_t f = 0; f < by_feature.size(); ++f) {
    auto& values = by_feature[f];
    if (values.empty())
      continue;
    std::ranges::sort(values);
    const auto repeated = std::ranges::unique(values);
    values.erase(repeated.begin(), repeated.end());
    place_of_[f] = static_cast<std::int32_t>(features_.size());
    features_.push_back({static_cast<std::int32_t>(f), std::move(values)});
  }
}

void column_table::collect_groups(const tree_ensemble& model) {
  for (const auto& t : model.trees)
    for (const auto& node : t.nodes) {
      if (node.test == test::at_most)
        groups_.try_emplace({node.feature, threshold_index(node) / column_thresholds, node.missing,
                             node.missing_is_yes});
      else if (node.test != test::leaf)
        special_columns_.try_emplace(special_key_of(node));
    }
  for (auto& [key, column] : special_columns_) {
    column = static_cast<std::int64_t>(specials_.size());
    auto& node = specials_.emplace_back();
    std::tie(node.test, node.feature, node.threshold, node.set, node.missing_is_yes) = key;
  }
  // Keys are ordered by feature, so that a feature's columns follow each other.
  for (auto& [key, column] : groups_) {
    auto& f =
        features_[static_cast<std::size_t>(place_of_[static_cast<std::size_t>(std::get<0>(key))])];
    column = static_cast<std::int64_t>(columns_.size());
    if (f.column_count++ == 0)
      f.first_column = column;
    columns_.push_back(column_of(key));
  }
}

std::int64_t column_table::threshold_index(const tree_node& node) const {
  const auto place = place_of_[static_cast<std::size_t>(node.feature)];
  const auto& values = features_[static_cast<std::size_t>(place)].thresholds;
  return std::ranges::lower_bound(values, node.threshold) - values.begin();
}

column_table::special_key column_table::special_key_of(const tree_node& node) {
  return node.test == test::equal
             ? special_key{node.test, node.feature, node.threshold, 0, node.missing_is_yes}
             : special_key{node.test, node.feature, 0.0f, node.set, node.missing_is_yes};
}

column_view column_table::column_of(const group_key& key) const {
  const auto [feature, group, what, missing_is_yes] = key;
  column_view to{};
  to.first = static_cast<std::int32_t>(group * column_thresholds);
  to.zero_is_missing = what == missing::nan_or_zero;
  to.missing = missing_is_yes ? 0 : column_thresholds;
  if (what == missing::none) {
    const auto& values =
        features_[static_cast<std::size_t>(place_of_[static_cast<std::size_t>(feature)])]
            .thresholds;
    const auto rank = std::ranges::lower_bound(values, 0.0f) - values.begin();
    to.missing =
        static_cast<std::uint8_t>(std::clamp<std::int64_t>(rank - to.first, 0, column_thresholds));
  }
  return to;
}

coded_test column_table::find(const tree_node& node) const {
  if (node.test != test::at_most) {
    const auto found = special_columns_.find(special_key_of(node));
    LEPTON_ASSERT(found != special_columns_.end());
    return {static_cast<std::int64_t>(columns_.size()) + found->second, 1};
  }
  const auto index = threshold_index(node);
  const auto found =
      groups_.find({node.feature, index / column_thresholds, node.missing, node.missing_is_yes});
  LEPTON_ASSERT(found != groups_.end());
  return {found->second, static_cast<std::int32_t>(index % column_thresholds) + 1};
}

} // namespace lepton::kernels::trees
