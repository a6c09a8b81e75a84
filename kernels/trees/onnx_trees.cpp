#include "kernels/trees/onnx_trees.hpp"

#include "kernels/trees/onnx_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <unordered_map>

namespace lepton::kernels::trees {

namespace {

constexpr std::int64_t max_values = 20'000'000;

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}
core::error unsupported(std::string what) {
  return {core::errc::unsupported, std::move(what)};
}

/// A node's place: its tree and its number there, both as the file has them.
struct node_key {
  std::int64_t tree;
  std::int64_t node;
  bool operator==(const node_key&) const = default;
};

struct node_key_hash {
  std::size_t operator()(const node_key& k) const noexcept {
    return std::hash<std::int64_t>{}(k.tree * 0x9e3779b1 + k.node);
  }
};

/// Reads the attributes of one TreeEnsemble operator (ONNX-ML, versions 1 and 3 without the
/// `..._as_tensor` forms). What the specification leaves open is done as ONNX Runtime does it.
class ensemble_reader {
public:
  explicit ensemble_reader(const ensemble_node& from)
      : node_{*from.node}, is_classifier_{from.is_classifier} {
    to_.inputs = from.inputs;
  }

  core::result<tree_ensemble> read();

private:
  struct location {
    std::size_t tree;
    std::int32_t node;
  };

  std::span<const std::int64_t> integers(std::string_view name) const;
  std::span<const float> reals(std::string_view name) const;
  std::string_view text(std::string_view name, std::string_view otherwise) const;

  core::result<void> refuse_tensors() const;
  core::result<void> read_scores();
  core::result<void> read_nodes();
  core::result<void> read_node(std::size_t i, tree_node& to);
  core::result<std::int32_t> child(std::int64_t tree, std::int64_t node) const;
  core::result<void> read_weights();
  core::result<void> choose_layout(std::span<const std::int64_t> targets);
  core::result<void> read_base();
  core::result<void> read_link();
  bool one_score_for_two_classes() const;

  const onnx::node& node_;
  bool is_classifier_;
  tree_ensemble to_;
  std::int64_t classes_ = 0;
  std::unordered_map<node_key, location, node_key_hash> places_;
};

std::span<const std::int64_t> ensemble_reader::integers(std::string_view name) const {
  const auto* found = node_.find(name);
  return found ? std::span{found->integers} : std::span<const std::int64_t>{};
}

std::span<const float> ensemble_reader::reals(std::string_view name) const {
  const auto* found = node_.find(name);
  return found ? std::span{found->reals} : std::span<const float>{};
}

std::string_view ensemble_reader::text(std::string_view name, std::string_view otherwise) const {
  const auto* found = node_.find(name);
  return found ? found->text : otherwise;
}

core::result<void> ensemble_reader::refuse_tensors() const {
  for (const auto& a : node_.attributes)
    if (a.name.ends_with("_as_tensor"))
      return unsupported(
          fmt::format("the trees are stored in double precision ({})", onnx::printable(a.name)));
  return {};
}

core::result<tree_ensemble> ensemble_reader::read() {
  LEPTON_TRY(refuse_tensors());
  LEPTON_TRY(read_scores());
  LEPTON_TRY(read_nodes());
  LEPTON_TRY(read_weights());
  LEPTON_TRY(read_base());
  LEPTON_TRY(read_link());
  to_.kind = fmt::format("ONNX {}", node_.op);
  LEPTON_TRY(check(to_));
  return std::move(to_);
}

/// True if all weights belong to the first of two classes: then they are one score.
bool ensemble_reader::one_score_for_two_classes() const {
  const auto ids = integers("class_ids");
  return classes_ == 2 && std::ranges::all_of(ids, [&](auto id) { return id == ids[0]; });
}

core::result<void> ensemble_reader::read_scores() {
  to_.base_first = false;
  if (!is_classifier_) {
    to_.scores = node_.integer_or("n_targets", 1);
    const auto how = text("aggregate_function", "SUM");
    if (how == "AVERAGE")
      to_.aggregate = aggregate::average;
    else if (how == "MIN")
      to_.aggregate = aggregate::smallest;
    else if (how == "MAX")
      to_.aggregate = aggregate::largest;
    else if (how != "SUM")
      return malformed(fmt::format("aggregate_function '{}'", onnx::printable(how)));
  } else {
    const auto* labels = node_.find("classlabels_strings");
    classes_ = static_cast<std::int64_t>(labels ? labels->texts.size()
                                                : integers("classlabels_int64s").size());
    to_.scores = one_score_for_two_classes() ? 1 : classes_;
  }
  if (to_.scores < 1 || to_.scores > max_scores)
    return malformed(fmt::format("the trees have {} scores", to_.scores));
  return {};
}

core::result<void> ensemble_reader::read_nodes() {
  const auto trees = integers("nodes_treeids");
  const auto ids = integers("nodes_nodeids");
  const auto count = trees.size();
  const auto* modes = node_.find("nodes_modes");
  const auto tracks = integers("nodes_missing_value_tracks_true");
  if (count == 0 || ids.size() != count || !modes || modes->texts.size() != count ||
      integers("nodes_featureids").size() != count || reals("nodes_values").size() != count ||
      integers("nodes_truenodeids").size() != count ||
      integers("nodes_falsenodeids").size() != count || (!tracks.empty() && tracks.size() != count))
    return malformed("the lists of nodes are empty or differ in length");
  std::unordered_map<std::int64_t, std::size_t> order;
  for (std::size_t i = 0; i < count; ++i) {
    const auto tree = order.try_emplace(trees[i], order.size()).first->second;
    if (tree == to_.trees.size())
      to_.trees.emplace_back();
    auto& nodes = to_.trees[tree].nodes;
    if (!places_
             .try_emplace({trees[i], ids[i]},
                          location{tree, static_cast<std::int32_t>(nodes.size())})
             .second)
      return malformed(fmt::format("tree {} has two nodes {}", trees[i], ids[i]));
    nodes.emplace_back();
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = places_.at({trees[i], ids[i]});
    if (auto good = read_node(i, to_.trees[at.tree].nodes[static_cast<std::size_t>(at.node)]);
        !good)
      return good.error().with_context(fmt::format("tree {}, node {}", trees[i], ids[i]));
  }
  return {};
}

core::result<std::int32_t> ensemble_reader::child(std::int64_t tree, std::int64_t node) const {
  const auto found = places_.find({tree, node});
  if (found == places_.end())
    return malformed(fmt::format("its child {} does not exist", node));
  return found->second.node;
}

core::result<void> ensemble_reader::read_node(std::size_t i, tree_node& to) {
  const auto mode = node_.find("nodes_modes")->texts[i];
  to.yes = -1; // a leaf gets its value later
  if (mode == "LEAF")
    return {};
  const auto tree = integers("nodes_treeids")[i];
  const auto yes = child(tree, integers("nodes_truenodeids")[i]);
  const auto no = child(tree, integers("nodes_falsenodeids")[i]);
  if (!yes || !no)
    return (yes ? no : yes).error();
  const auto tracks = integers("nodes_missing_value_tracks_true");
  const float value = reals("nodes_values")[i];
  if (std::isnan(value))
    return malformed("its threshold is NaN");
  to.feature = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(integers("nodes_featureids")[i], -1, max_inputs));
  to.yes = *yes, to.no = *no;
  to.missing_is_yes = !tracks.empty() && tracks[i] != 0;
  to.test = test::at_most;
  to.threshold = value;
  const auto turn = [&] {
    std::swap(to.yes, to.no);
    to.missing_is_yes = !to.missing_is_yes;
  };
  if (mode == "BRANCH_LT")
    to.threshold = below(value);
  else if (mode == "BRANCH_GTE")
    to.threshold = below(value), turn();
  else if (mode == "BRANCH_GT")
    turn();
  else if (mode == "BRANCH_EQ")
    to.test = test::equal;
  else if (mode == "BRANCH_NEQ") {
    // NaN is not equal to anything, whatever the flag says.
    to.test = test::equal;
    std::swap(to.yes, to.no);
    to.missing_is_yes = false;
  } else if (mode != "BRANCH_LEQ")
    return malformed(fmt::format("its mode is '{}'", onnx::printable(mode)));
  return {};
}

/// A tree whose leaves all count for one score keeps one value for each; others one for each score.
core::result<void> ensemble_reader::choose_layout(std::span<const std::int64_t> targets) {
  const auto trees = integers(is_classifier_ ? "class_treeids" : "target_treeids");
  const auto nodes = integers(is_classifier_ ? "class_nodeids" : "target_nodeids");
  std::vector<std::int64_t> target_of(to_.trees.size(), -2);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto found = places_.find({trees[i], nodes[i]});
    if (found == places_.end())
      return malformed(fmt::format("a value belongs to node {} of tree {}, which does not exist",
                                   nodes[i], trees[i]));
    const auto target = to_.scores == 1 ? 0 : targets[i];
    if (target < 0 || target >= to_.scores)
      return malformed(fmt::format("a value belongs to score {} of {}", targets[i], to_.scores));
    auto& all = target_of[found->second.tree];
    all = all == -2 || all == target ? target : -1;
  }
  std::int64_t values = 0;
  for (std::size_t t = 0; t < to_.trees.size(); ++t) {
    auto& of = to_.trees[t];
    of.target = static_cast<std::int32_t>(target_of[t] == -2 ? 0 : target_of[t]);
    values += std::ranges::count(of.nodes, test::leaf, &tree_node::test) *
              (of.target < 0 ? to_.scores : 1);
    if (values > max_values)
      return core::error{core::errc::capacity,
                         fmt::format("more than {} values of leaves", max_values)};
  }
  return {};
}

core::result<void> ensemble_reader::read_weights() {
  const auto trees = integers(is_classifier_ ? "class_treeids" : "target_treeids");
  const auto nodes = integers(is_classifier_ ? "class_nodeids" : "target_nodeids");
  const auto targets = integers(is_classifier_ ? "class_ids" : "target_ids");
  const auto weights = reals(is_classifier_ ? "class_weights" : "target_weights");
  if (trees.size() != targets.size() || nodes.size() != targets.size() ||
      weights.size() != targets.size())
    return malformed("the lists of leaf values differ in length");
  LEPTON_TRY(choose_layout(targets));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double nothing = to_.aggregate == aggregate::smallest  ? infinity
                         : to_.aggregate == aggregate::largest ? -infinity
                                                               : 0;
  for (auto& t : to_.trees)
    for (auto& n : t.nodes)
      if (n.test == test::leaf) {
        n.yes = static_cast<std::int32_t>(t.values.size());
        t.values.resize(t.values.size() + static_cast<std::size_t>(t.target < 0 ? to_.scores : 1),
                        nothing);
      }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto at = places_.at({trees[i], nodes[i]});
    auto& of = to_.trees[at.tree];
    const auto& leaf = of.nodes[static_cast<std::size_t>(at.node)];
    if (!std::isfinite(weights[i]))
      return malformed("the value of a leaf is not finite");
    if (leaf.test != test::leaf)
      continue; // ONNX Runtime takes no notice of it either
    auto& value = of.values[static_cast<std::size_t>(leaf.yes + (of.target < 0 ? targets[i] : 0))];
    const double weight = static_cast<double>(weights[i]);
    value = to_.aggregate == aggregate::smallest  ? std::min(value, weight)
            : to_.aggregate == aggregate::largest ? std::max(value, weight)
                                                  : value + weight;
  }
  to_.divisor = static_cast<double>(to_.trees.size());
  return {};
}

core::result<void> ensemble_reader::read_base() {
  const auto base = reals("base_values");
  if (base.size() > 1 && static_cast<std::int64_t>(base.size()) != to_.scores)
    return unsupported(
        fmt::format("base_values has {} numbers for {} scores", base.size(), to_.scores));
  to_.base.assign(static_cast<std::size_t>(to_.scores), 0.0);
  if (base.size() == 1 && to_.scores != 1)
    return unsupported("base_values has one number for several scores");
  for (std::size_t i = 0; i < base.size(); ++i)
    to_.base[i] = static_cast<double>(base[i]);
  return {};
}

core::result<void> ensemble_reader::read_link() {
  using enum link_function;
  const auto how = text("post_transform", "NONE");
  const std::pair<std::string_view, link_function> known[] = {{"NONE", identity},
                                                              {"SOFTMAX", softmax},
                                                              {"LOGISTIC", logistic},
                                                              {"SOFTMAX_ZERO", softmax_zero},
                                                              {"PROBIT", probit}};
  const auto found = std::ranges::find(known, how, [](const auto& k) { return k.first; });
  if (found == std::end(known))
    return malformed(fmt::format("post_transform '{}'", onnx::printable(how)));
  to_.link.function = found->second;
  // ONNX Runtime transforms the sum of a single target for PROBIT only.
  if (!is_classifier_ && to_.scores == 1 && found->second != probit)
    to_.link.function = identity;
  to_.link.only_last = classes_ == 2;
  return {};
}

} // namespace

bool has_trees(const onnx::model& from) noexcept {
  return std::ranges::any_of(from.nodes, is_ensemble);
}

core::result<tree_ensemble> read_onnx_trees(const onnx::model& from) {
  const auto found = find_ensemble(from);
  if (!found)
    return found.error();
  return ensemble_reader{*found}.read();
}

} // namespace lepton::kernels::trees
