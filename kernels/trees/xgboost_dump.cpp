#include "kernels/trees/xgboost_dump.hpp"

#include "kernels/onnx/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lepton::kernels::trees {

namespace {

constexpr std::size_t max_nesting = 32;
constexpr std::size_t max_key = 256;
constexpr std::size_t max_text = 1 << 20;
constexpr std::string_view booster_path = ".learner.gradient_booster";

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}
core::error unsupported(std::string what) {
  return {core::errc::unsupported, std::move(what)};
}

struct objective {
  std::string_view name;
  link_function link;
  enum class base { as_is, logit, log } base; ///< from what the file has to a sum
};

constexpr objective objectives[] = {
    {"binary:logistic", link_function::logistic, objective::base::logit},
    {"reg:logistic", link_function::logistic, objective::base::logit},
    {"binary:logitraw", link_function::identity, objective::base::as_is},
    {"binary:hinge", link_function::sign, objective::base::as_is},
    {"multi:softprob", link_function::softmax, objective::base::as_is},
    {"multi:softmax", link_function::index_of_largest, objective::base::as_is},
    {"reg:squarederror", link_function::identity, objective::base::as_is},
    {"reg:linear", link_function::identity, objective::base::as_is},
    {"reg:squaredlogerror", link_function::identity, objective::base::as_is},
    {"reg:absoluteerror", link_function::identity, objective::base::as_is},
    {"reg:pseudohubererror", link_function::identity, objective::base::as_is},
    {"reg:quantileerror", link_function::identity, objective::base::as_is},
    {"reg:gamma", link_function::exponential, objective::base::log},
    {"reg:tweedie", link_function::exponential, objective::base::log},
    {"count:poisson", link_function::exponential, objective::base::log},
    {"survival:cox", link_function::exponential, objective::base::log},
    {"survival:aft", link_function::exponential, objective::base::log},
    {"rank:pairwise", link_function::identity, objective::base::as_is},
    {"rank:ndcg", link_function::identity, objective::base::as_is},
    {"rank:map", link_function::identity, objective::base::as_is},
};

const objective* find_objective(std::string_view name) {
  const auto found = std::ranges::find(objectives, name, &objective::name);
  return found == std::end(objectives) ? nullptr : found;
}

/// In float, as XGBoost does it.
float margin_of(enum objective::base how, float base) {
  switch (how) {
    case objective::base::as_is: return base;
    case objective::base::logit: return -std::log(1.0f / base - 1.0f);
    case objective::base::log: return std::log(base);
  }
  return base;
}

} // namespace

// ---- events -------------------------------------------------------------------------------------

bool xgboost_dump::fail(std::string why) {
  problem_ = std::move(why);
  return false;
}

bool xgboost_dump::enter() {
  if (lengths_.size() == max_nesting)
    return fail(fmt::format("it is nested deeper than {} levels", max_nesting));
  lengths_.push_back(path_.size());
  return true;
}

bool xgboost_dump::is_tree_list() const {
  if (!path_.starts_with(booster_path))
    return false;
  const auto rest = std::string_view{path_}.substr(booster_path.size());
  return rest == ".model.trees" || rest == ".gbtree.model.trees";
}

bool xgboost_dump::begin_object() {
  if (!in_tree_ && is_tree_list()) {
    in_tree_ = true;
    tree_level_ = lengths_.size();
    raw_ = {};
  }
  return enter();
}

bool xgboost_dump::end_object() {
  path_.resize(lengths_.back());
  lengths_.pop_back();
  if (in_tree_ && lengths_.size() == tree_level_) {
    in_tree_ = false;
    return finish_tree();
  }
  return true;
}

bool xgboost_dump::begin_array() {
  return enter();
}

bool xgboost_dump::end_array() {
  path_.resize(lengths_.back());
  lengths_.pop_back();
  return true;
}

bool xgboost_dump::key(std::string_view name) {
  if (name.size() > max_key)
    return fail("a key is too long");
  path_.resize(lengths_.back());
  path_ += '.';
  path_ += name;
  choose_target();
  return true;
}

void xgboost_dump::choose_target() {
  const std::string_view path = path_;
  numbers_ = nullptr;
  text_ = nullptr;
  if (in_tree_) {
    const auto rest = path.substr(path.find(".trees.") + 6);
    const std::pair<std::string_view, numbers*> arrays[] = {
        {".left_children", &raw_.left},
        {".right_children", &raw_.right},
        {".split_indices", &raw_.feature},
        {".split_conditions", &raw_.condition},
        {".default_left", &raw_.default_left},
        {".split_type", &raw_.split_type},
        {".categories", &raw_.categories},
        {".categories_nodes", &raw_.category_nodes},
        {".categories_segments", &raw_.category_segments},
        {".categories_sizes", &raw_.category_sizes}};
    for (const auto& [name, to] : arrays)
      if (rest == name)
        numbers_ = to;
    text_ = rest == ".tree_param.num_nodes"          ? &raw_.nodes
            : rest == ".tree_param.size_leaf_vector" ? &raw_.leaf_width
                                                     : nullptr;
    return;
  }
  const std::pair<std::string_view, std::string*> texts[] = {
      {".learner.gradient_booster.name", &booster_},
      {".learner.objective.name", &objective_},
      {".learner.learner_model_param.base_score", &base_score_},
      {".learner.learner_model_param.num_class", &num_class_},
      {".learner.learner_model_param.num_feature", &num_feature_},
      {".learner.learner_model_param.num_target", &num_target_}};
  for (const auto& [name, to] : texts)
    if (path == name)
      text_ = to;
  if (path == ".learner.gradient_booster.model.tree_info" ||
      path == ".learner.gradient_booster.gbtree.model.tree_info")
    numbers_ = &tree_info_;
  if (path == ".learner.gradient_booster.weight_drop")
    numbers_ = &weight_drop_;
}

bool xgboost_dump::number(double value) {
  if (numbers_)
    numbers_->push_back(value);
  return true;
}

bool xgboost_dump::text(std::string_view value) {
  if (!text_)
    return true;
  if (value.size() > max_text)
    return fail("a text is too long");
  *text_ = value;
  return true;
}

bool xgboost_dump::finish_tree() {
  auto built = build_tree(raw_, sets_);
  raw_ = {};
  numbers_ = nullptr;
  text_ = nullptr;
  if (!built)
    return fail(fmt::format("tree {}: {}", trees_.size(), built.error().message()));
  trees_.push_back(std::move(*built));
  return true;
}

// ---- the model ----------------------------------------------------------------------------------

core::result<void> xgboost_dump::read_objective(tree_ensemble& to) const {
  const auto* found = find_objective(objective_);
  if (!found)
    return unsupported(
        fmt::format("the objective '{}' is not known here", onnx::printable(objective_)));
  to.kind = fmt::format("XGBoost {}", found->name);
  to.link.function = found->link;
  return {};
}

/// One number, or since XGBoost 3.1 a list: "[5E-1,2E-1]".
core::result<void> xgboost_dump::read_base(tree_ensemble& to) const {
  std::string_view rest = base_score_;
  if (rest.starts_with('[') && rest.ends_with(']'))
    rest = rest.substr(1, rest.size() - 2);
  const auto how = find_objective(objective_)->base;
  while (!rest.empty()) {
    float value = 0;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (code != std::errc{})
      return malformed("base_score is no number");
    to.base.push_back(static_cast<double>(margin_of(how, value)));
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.starts_with(','))
      rest.remove_prefix(1);
    else if (!rest.empty())
      return malformed("base_score is no number");
  }
  if (to.base.size() == 1)
    to.base.assign(static_cast<std::size_t>(to.scores), double{to.base[0]});
  if (static_cast<std::int64_t>(to.base.size()) != to.scores)
    return malformed(
        fmt::format("base_score has {} numbers for {} scores", to.base.size(), to.scores));
  return {};
}

core::result<void> xgboost_dump::read_targets(tree_ensemble& to) {
  if (tree_info_.size() != trees_.size())
    return malformed("tree_info has not one number for each tree");
  for (std::size_t i = 0; i < trees_.size(); ++i) {
    const auto target = integer_of(tree_info_[i], -1);
    if (target < 0 || target >= to.scores)
      return malformed(fmt::format("tree {} belongs to class {} of {}", i, target, to.scores));
    trees_[i].target = static_cast<std::int32_t>(target);
  }
  return {};
}

/// A tree of the booster dart counts with its weight.
core::result<void> xgboost_dump::weigh(tree_ensemble& to) const {
  if (booster_ != "dart")
    return {};
  if (weight_drop_.size() != to.trees.size())
    return malformed("weight_drop has not one number for each tree");
  for (std::size_t i = 0; i < to.trees.size(); ++i)
    for (auto& value : to.trees[i].values)
      value = static_cast<double>(static_cast<float>(value) * static_cast<float>(weight_drop_[i]));
  return {};
}

core::result<tree_ensemble> xgboost_dump::finish() {
  if (booster_ != "gbtree" && booster_ != "dart")
    return booster_.empty() ? malformed("this is no XGBoost model")
                            : unsupported(fmt::format("the booster '{}' has no trees; gbtree and "
                                                      "dart are known here",
                                                      onnx::printable(booster_)));
  tree_ensemble to;
  LEPTON_TRY(read_objective(to));
  const auto classes = count_of(num_class_, 0, "num_class");
  const auto targets = count_of(num_target_, 1, "num_target");
  const auto features = count_of(num_feature_, 0, "num_feature");
  for (const auto* count : {&classes, &targets, &features})
    if (!*count)
      return count->error();
  to.inputs = *features;
  to.scores = std::max<std::int64_t>({1, *classes, *targets});
  if (to.scores > max_scores)
    return malformed(fmt::format("the model has {} classes", to.scores));
  to.category_above = below(0.0f);
  LEPTON_TRY(read_base(to));
  LEPTON_TRY(read_targets(to));
  to.trees = std::move(trees_);
  to.sets = std::move(sets_.all);
  LEPTON_TRY(weigh(to));
  LEPTON_TRY(check(to));
  return to;
}

} // namespace lepton::kernels::trees
