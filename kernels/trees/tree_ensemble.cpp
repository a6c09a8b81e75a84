#include "kernels/trees/tree_ensemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace lepton::kernels::trees {

namespace {

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}

/// Checks one tree from its root down, without recursion.
class tree_checker {
public:
  tree_checker(const tree_ensemble& model, const tree& of) : model_{model}, tree_{of} {}

  core::result<void> run();

private:
  struct visit {
    std::int32_t node;
    std::int32_t depth;
  };

  core::result<void> enter(visit at);
  core::result<void> check_leaf(const tree_node& node) const;
  core::result<void> check_test(const tree_node& node) const;

  const tree_ensemble& model_;
  const tree& tree_;
  std::vector<bool> seen_;
  std::vector<visit> open_;
};

core::result<void> tree_checker::run() {
  if (tree_.nodes.empty())
    return malformed("it has no nodes");
  if (tree_.target >= model_.scores)
    return malformed(fmt::format("it counts for score {} of {}", tree_.target, model_.scores));
  if (const auto bad =
          std::ranges::find_if_not(tree_.values, [](double v) { return std::isfinite(v); });
      bad != tree_.values.end() && model_.aggregate != aggregate::smallest &&
      model_.aggregate != aggregate::largest)
    return malformed("the value of a leaf is not finite");
  seen_.assign(tree_.nodes.size(), false);
  LEPTON_TRY(enter({0, 0}));
  std::size_t reached = 0;
  while (!open_.empty()) {
    const auto at = open_.back();
    open_.pop_back();
    ++reached;
    const auto& node = tree_.nodes[static_cast<std::size_t>(at.node)];
    if (node.test == test::leaf) {
      LEPTON_TRY(check_leaf(node));
      continue;
    }
    LEPTON_TRY(check_test(node));
    LEPTON_TRY(enter({node.no, at.depth + 1}));
    LEPTON_TRY(enter({node.yes, at.depth + 1}));
  }
  if (reached != tree_.nodes.size())
    return malformed(fmt::format("{} of its {} nodes cannot be reached",
                                 tree_.nodes.size() - reached, tree_.nodes.size()));
  return {};
}

core::result<void> tree_checker::enter(visit at) {
  const auto index = static_cast<std::size_t>(at.node);
  if (at.node < 0 || index >= tree_.nodes.size())
    return malformed(fmt::format("node {} does not exist", at.node));
  if (seen_[index])
    return malformed(fmt::format("node {} is reached on two ways", at.node));
  if (at.depth > max_depth)
    return core::error{core::errc::capacity, fmt::format("it is deeper than {} levels", max_depth)};
  seen_[index] = true;
  open_.push_back(at);
  return {};
}

core::result<void> tree_checker::check_leaf(const tree_node& node) const {
  const auto width = tree_.target < 0 ? model_.scores : 1;
  if (node.yes < 0 || node.yes % width != 0 ||
      node.yes + width > static_cast<std::int64_t>(tree_.values.size()))
    return malformed("a leaf has no value");
  return {};
}

core::result<void> tree_checker::check_test(const tree_node& node) const {
  if (node.feature < 0 || node.feature >= model_.inputs)
    return malformed(fmt::format("a node tests feature {} of {}", node.feature, model_.inputs));
  if (node.test == test::in_set) {
    if (node.set < 0 || static_cast<std::size_t>(node.set) >= model_.sets.size())
      return malformed("a node tests a set of categories that does not exist");
  } else if (std::isnan(node.threshold)) {
    return malformed("a threshold is NaN");
  }
  return {};
}

core::result<void> check_sizes(const tree_ensemble& model) {
  if (model.trees.empty())
    return malformed("the model has no trees");
  if (model.inputs < 1 || model.inputs > max_inputs)
    return malformed(
        fmt::format("the model has {} features; 1 to {} are possible", model.inputs, max_inputs));
  if (model.scores < 1 || model.scores > max_scores ||
      static_cast<std::int64_t>(model.base.size()) != model.scores)
    return malformed(fmt::format("the model has {} scores", model.scores));
  std::int64_t nodes = 0;
  for (const auto& t : model.trees)
    nodes += static_cast<std::int64_t>(t.nodes.size());
  if (nodes > max_nodes)
    return core::error{
        core::errc::capacity,
        fmt::format("the model has {} nodes; at most {} are taken", nodes, max_nodes)};
  return {};
}

core::result<void> check_sets(const tree_ensemble& model) {
  for (const auto& set : model.sets)
    if (!std::ranges::is_sorted(set) || (!set.empty() && set.back() >= max_category))
      return malformed("a set of categories is not sorted or has a member that is too large");
  return {};
}

/// The trees passed their checks. Tests that share a set count each.
core::result<void> check_set_bits(const tree_ensemble& model) {
  struct use {
    std::uint32_t largest = 0;
    std::int64_t tests = 0;
  };
  std::vector<use> uses(static_cast<std::size_t>(model.inputs));
  for (const auto& t : model.trees)
    for (const auto& node : t.nodes)
      if (node.test == test::in_set) {
        const auto& set = model.sets[static_cast<std::size_t>(node.set)];
        auto& of = uses[static_cast<std::size_t>(node.feature)];
        of.largest = std::max(of.largest, set.empty() ? 0 : set.back());
        ++of.tests;
      }
  std::int64_t bits = 0;
  for (const auto& of : uses)
    bits += of.tests * set_words(of.largest) * 32;
  if (bits > max_set_bits)
    return core::error{core::errc::capacity, "the sets of categories are too large"};
  return {};
}

} // namespace

core::result<void> check(const tree_ensemble& model) {
  LEPTON_TRY(check_sizes(model));
  LEPTON_TRY(check_sets(model));
  for (const auto base : model.base)
    if (!std::isfinite(base))
      return malformed("the base score is not finite");
  for (std::size_t i = 0; i < model.trees.size(); ++i)
    if (const auto good = tree_checker{model, model.trees[i]}.run(); !good)
      return good.error().with_context(fmt::format("tree {}", i));
  return check_set_bits(model);
}

std::int64_t depth(const tree& of) {
  std::vector<std::pair<std::int32_t, std::int64_t>> open{{0, 0}};
  std::int64_t deepest = 0;
  while (!open.empty()) {
    const auto [index, level] = open.back();
    open.pop_back();
    const auto& node = of.nodes[static_cast<std::size_t>(index)];
    deepest = std::max(deepest, level);
    if (node.test == test::leaf)
      continue;
    open.push_back({node.yes, level + 1});
    open.push_back({node.no, level + 1});
  }
  return deepest;
}

std::string describe(const tree_ensemble& model) {
  std::int64_t deepest = 0;
  for (const auto& t : model.trees)
    deepest = std::max(deepest, depth(t));
  return fmt::format("{} trees of depth {} at most ({})", model.trees.size(), deepest, model.kind);
}

float round_down(double value) noexcept {
  constexpr float largest = std::numeric_limits<float>::max();
  if (value >= static_cast<double>(largest))
    return std::isinf(value) ? std::numeric_limits<float>::infinity() : largest;
  if (value < -static_cast<double>(largest))
    return -std::numeric_limits<float>::infinity();
  const auto nearest = static_cast<float>(value);
  return static_cast<double>(nearest) > value ? below(nearest) : nearest;
}

float below(float value) noexcept {
  return std::nextafter(value, -std::numeric_limits<float>::infinity());
}

} // namespace lepton::kernels::trees
