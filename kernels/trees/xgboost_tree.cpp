#include "kernels/trees/xgboost_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lepton::kernels::trees {

namespace {

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}

core::result<void> check_lists(const xgboost_tree& from) {
  const auto count = from.left.size();
  if (count == 0 || from.right.size() != count || from.feature.size() != count ||
      from.condition.size() != count || from.default_left.size() != count ||
      (!from.split_type.empty() && from.split_type.size() != count))
    return malformed("its lists of nodes are empty or differ in length");
  const auto width = count_of(from.leaf_width, 1, "size_leaf_vector");
  const auto stated = count_of(from.nodes, static_cast<std::int64_t>(count), "num_nodes");
  if (!width || !stated)
    return (width ? stated : width).error();
  if (*width > 1)
    return core::error{core::errc::unsupported,
                       "its leaves have several values (multi_strategy=multi_output_tree)"};
  if (*stated != static_cast<std::int64_t>(count))
    return malformed("num_nodes is not the length of its lists");
  return {};
}

core::result<std::vector<std::uint32_t>> read_set(const xgboost_tree& from, std::size_t i) {
  const auto first = integer_of(from.category_segments[i], -1);
  const auto size = integer_of(from.category_sizes[i], -1);
  const auto all = static_cast<std::int64_t>(from.categories.size());
  if (first < 0 || size < 0 || first > all || size > all - first)
    return malformed("a list of categories is out of range");
  std::vector<std::uint32_t> set;
  for (auto c = first; c < first + size; ++c) {
    const auto member = integer_of(from.categories[static_cast<std::size_t>(c)], -1);
    if (member < 0 || member >= max_category)
      return malformed("a category is negative or too large");
    set.push_back(static_cast<std::uint32_t>(member));
  }
  std::ranges::sort(set);
  return set;
}

/// For each node the number of its set of categories, or -1.
core::result<std::vector<std::int32_t>> read_sets(const xgboost_tree& from, category_sets& sets) {
  std::vector<std::int32_t> set_of(from.left.size(), -1);
  const auto count = from.category_nodes.size();
  if (from.category_segments.size() != count || from.category_sizes.size() != count)
    return malformed("its lists of categories do not fit together");
  for (std::size_t i = 0; i < count; ++i) {
    const auto node = integer_of(from.category_nodes[i], -1);
    if (node < 0 || node >= static_cast<std::int64_t>(set_of.size()))
      return malformed("a list of categories belongs to a node that does not exist");
    auto set = read_set(from, i);
    if (!set)
      return set.error();
    sets.members += static_cast<std::int64_t>(set->size());
    if (sets.members > max_set_members)
      return core::error{core::errc::capacity, "the sets of categories are too large"};
    set_of[static_cast<std::size_t>(node)] = static_cast<std::int32_t>(sets.all.size());
    sets.all.push_back(std::move(*set));
  }
  return set_of;
}

/// Takes nodes over as they are reached.
class tree_builder {
public:
  tree_builder(const xgboost_tree& from, const std::vector<std::int32_t>& set_of)
      : from_{from}, set_of_{set_of}, seen_(from.left.size(), false) {}

  core::result<tree> run();

private:
  std::int32_t reach(double index);
  core::result<void> add_test(std::size_t i, std::size_t at);

  const xgboost_tree& from_;
  const std::vector<std::int32_t>& set_of_;
  std::vector<bool> seen_;
  std::vector<std::size_t> source_; ///< place in the file of each node of `to_`
  tree to_;
};

/// The node's number in the new tree; -1 if it does not exist or was reached before.
std::int32_t tree_builder::reach(double index) {
  const auto at = integer_of(index, -1);
  if (at < 0 || at >= static_cast<std::int64_t>(seen_.size()) ||
      seen_[static_cast<std::size_t>(at)])
    return -1;
  seen_[static_cast<std::size_t>(at)] = true;
  source_.push_back(static_cast<std::size_t>(at));
  to_.nodes.emplace_back();
  return static_cast<std::int32_t>(to_.nodes.size()) - 1;
}

core::result<tree> tree_builder::run() {
  reach(0);
  for (std::size_t i = 0; i < source_.size(); ++i) {
    const auto at = source_[i];
    if (from_.left[at] != -1 || from_.right[at] != -1) {
      LEPTON_TRY(add_test(i, at));
      continue;
    }
    to_.nodes[i].yes = static_cast<std::int32_t>(to_.values.size());
    to_.values.push_back(static_cast<double>(static_cast<float>(from_.condition[at])));
  }
  return std::move(to_);
}

core::result<void> tree_builder::add_test(std::size_t i, std::size_t at) {
  const auto left = reach(from_.left[at]);
  const auto right = reach(from_.right[at]);
  if (left < 0 || right < 0)
    return malformed(fmt::format("a child of node {} is out of range or reached twice", at));
  auto& node = to_.nodes[i];
  const bool default_left = from_.default_left[at] != 0;
  node.feature = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(integer_of(from_.feature[at], -1), -1, max_inputs));
  if (!from_.split_type.empty() && from_.split_type[at] == 1) {
    // What is in the set goes to the right.
    node.test = test::in_set;
    node.set = set_of_[at];
    node.yes = right, node.no = left;
    node.missing_is_yes = !default_left;
    return {};
  }
  const auto condition = static_cast<float>(from_.condition[at]);
  if (std::isnan(condition))
    return malformed("a threshold is NaN");
  node.test = test::at_most;
  node.threshold = below(condition);
  node.yes = left, node.no = right;
  node.missing_is_yes = default_left;
  return {};
}

} // namespace

std::int64_t integer_of(double value, std::int64_t otherwise) {
  return value >= -1e15 && value <= 1e15 && value == std::floor(value)
             ? static_cast<std::int64_t>(value)
             : otherwise;
}

core::result<std::int64_t> count_of(std::string_view text, std::int64_t otherwise,
                                    std::string_view what) {
  if (text.empty())
    return otherwise;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value < 0)
    return malformed(fmt::format("{} is no count", what));
  return value;
}

core::result<tree> build_tree(const xgboost_tree& from, category_sets& sets) {
  LEPTON_TRY(check_lists(from));
  const auto set_of = read_sets(from, sets);
  if (!set_of)
    return set_of.error();
  return tree_builder{from, *set_of}.run();
}

} // namespace lepton::kernels::trees
