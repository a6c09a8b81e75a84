#include "kernels/trees/lightgbm_text.hpp"

#include "kernels/onnx/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <span>

namespace lepton::kernels::trees {

namespace {

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}
core::error unsupported(std::string what) {
  return {core::errc::unsupported, std::move(what)};
}

/// The next line without its end; moves `rest` behind it.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& rest) {
  while (rest.starts_with(' '))
    rest.remove_prefix(1);
  const auto end = rest.find(' ');
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

template <class T>
bool parse(std::string_view word, T& to) {
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), to);
  return !word.empty() && code == std::errc{} && end == word.data() + word.size();
}

/// The `key=value` lines of the head or of one tree. Views into the file.
class section {
public:
  void add(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
      values_.try_emplace(line);
    else
      values_.try_emplace(line.substr(0, equals), line.substr(equals + 1));
  }

  bool has(std::string_view key) const { return values_.contains(key); }
  std::string_view text(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string_view{} : found->second;
  }

  template <class T>
  core::result<T> one(std::string_view key) const {
    T value{};
    if (!parse(text(key), value))
      return malformed(fmt::format("`{}` is no number", key));
    return value;
  }

  template <class T>
  core::result<T> one(std::string_view key, T otherwise) const {
    return has(key) ? one<T>(key) : core::result<T>{otherwise};
  }

  /// Exactly `count` numbers. The memory is bounded by the length of the line.
  template <class T>
  core::result<std::vector<T>> list(std::string_view key, std::size_t count) const {
    std::vector<T> values;
    auto rest = text(key);
    values.reserve(std::min(count, rest.size() / 2 + 1));
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      T value{};
      if (!parse(word, value))
        return malformed(fmt::format("`{}` has an entry that is no number", key));
      values.push_back(value);
    }
    if (values.size() != count)
      return malformed(fmt::format("`{}` has {} entries instead of {}", key, values.size(), count));
    return values;
  }

private:
  std::map<std::string_view, std::string_view> values_;
};

/// Turns the sections of a file into an ensemble.
class lightgbm_reader {
public:
  core::result<tree_ensemble> read(std::string_view file);

private:
  core::result<void> read_head(const section& head);
  core::result<void> read_objective(std::string_view text);
  core::result<void> add_tree(const section& from);
  core::result<tree> build(const section& from);
  core::result<void> add_tests(const section& from, std::span<const std::int32_t> sets, tree& to);
  static core::result<void> set_test(int kind, double threshold, std::span<const std::int32_t> sets,
                                     tree_node& to);
  core::result<std::vector<std::int32_t>> read_sets(const section& from, std::int64_t count);
  core::result<void> read_set(std::span<const std::uint32_t> words);

  tree_ensemble to_;
  std::int64_t set_members_ = 0;
};

core::result<tree_ensemble> lightgbm_reader::read(std::string_view file) {
  if (take_line(file) != "tree")
    return malformed("this is no LightGBM model: the first line is not `tree`");
  section part;
  bool in_head = true;
  const auto finish_part = [&]() -> core::result<void> {
    auto done = in_head ? read_head(part) : add_tree(part);
    part = {};
    in_head = false;
    return done;
  };
  while (!file.empty()) {
    const auto line = take_line(file);
    const bool is_end = line == "end of trees";
    if (is_end || line.starts_with("Tree="))
      LEPTON_TRY(finish_part());
    if (is_end) {
      to_.divisor =
          std::max(1.0, static_cast<double>(to_.trees.size()) / static_cast<double>(to_.scores));
      LEPTON_TRY(check(to_));
      return std::move(to_);
    }
    if (!line.empty())
      part.add(line);
  }
  return malformed("the file is cut off: `end of trees` is missing");
}

core::result<void> lightgbm_reader::read_head(const section& head) {
  const auto last_feature = head.one<std::int64_t>("max_feature_idx");
  const auto scores = head.one<std::int64_t>("num_tree_per_iteration");
  if (!last_feature || !scores)
    return (last_feature ? scores : last_feature).error();
  if (*scores < 1 || *scores > max_scores)
    return malformed(fmt::format("the model has {} classes", *scores));
  if (*last_feature < 0 || *last_feature >= max_inputs)
    return malformed(fmt::format("the model has {} features", *last_feature));
  to_.inputs = *last_feature + 1;
  to_.scores = *scores;
  to_.base.assign(static_cast<std::size_t>(*scores), 0.0);
  to_.precision = precision::float64;
  if (head.has("average_output"))
    to_.aggregate = aggregate::average;
  return read_objective(head.text("objective"));
}

/// E.g. "binary sigmoid:1"; nothing for an objective of the user's own.
core::result<void> lightgbm_reader::read_objective(std::string_view text) {
  using enum link_function;
  constexpr std::pair<std::string_view, link_function> known[] = {
      {"binary", logistic},        {"multiclass", softmax},
      {"multiclassova", logistic}, {"cross_entropy", logistic},
      {"xentropy", logistic},      {"cross_entropy_lambda", log1p_exp},
      {"xentlambda", log1p_exp},   {"poisson", exponential},
      {"gamma", exponential},      {"tweedie", exponential},
      {"regression", identity},    {"regression_l1", identity},
      {"huber", identity},         {"fair", identity},
      {"quantile", identity},      {"mape", identity},
      {"lambdarank", identity},    {"rank_xendcg", identity},
      {"custom", identity},        {"", identity}};
  const auto name = take_word(text);
  const auto found = std::ranges::find(known, name, [](const auto& k) { return k.first; });
  if (found == std::end(known))
    return unsupported(fmt::format("the objective '{}' is not known here", onnx::printable(name)));
  to_.kind = fmt::format("LightGBM{}{}", name.empty() ? "" : " ", name);
  to_.link.function = found->second;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    if (word == "sqrt")
      to_.link.function = signed_square;
    if (word.starts_with("sigmoid:") &&
        (!parse(word.substr(8), to_.link.scale) || !std::isfinite(to_.link.scale)))
      return malformed("the objective's `sigmoid` is no number");
  }
  return {};
}

core::result<void> lightgbm_reader::add_tree(const section& from) {
  auto built = build(from);
  if (!built)
    return built.error().with_context(fmt::format("tree {}", to_.trees.size()));
  const auto count = static_cast<std::int64_t>(to_.trees.size());
  built->target = static_cast<std::int32_t>(count % to_.scores);
  to_.trees.push_back(std::move(*built));
  return {};
}

/// The tree's sets go behind those of the trees before; gives the number of each.
core::result<std::vector<std::int32_t>> lightgbm_reader::read_sets(const section& from,
                                                                   std::int64_t count) {
  std::vector<std::int32_t> numbers;
  if (count == 0)
    return numbers;
  const auto bounds =
      from.list<std::int64_t>("cat_boundaries", static_cast<std::size_t>(count) + 1);
  if (!bounds)
    return bounds.error();
  if (bounds->front() != 0 || !std::ranges::is_sorted(*bounds))
    return malformed("`cat_boundaries` is not in order");
  const auto words =
      from.list<std::uint32_t>("cat_threshold", static_cast<std::size_t>(bounds->back()));
  if (!words)
    return words.error();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto first = static_cast<std::size_t>((*bounds)[i]);
    numbers.push_back(static_cast<std::int32_t>(to_.sets.size()));
    LEPTON_TRY(read_set(
        std::span{*words}.subspan(first, static_cast<std::size_t>((*bounds)[i + 1]) - first)));
  }
  return numbers;
}

core::result<void> lightgbm_reader::read_set(std::span<const std::uint32_t> words) {
  if (words.size() > max_category / 32)
    return core::error{core::errc::capacity, "a category is too large"};
  std::vector<std::uint32_t> set;
  for (std::uint32_t w = 0; w < words.size(); ++w)
    for (std::uint32_t bit = 0; bit < 32; ++bit)
      if ((words[w] >> bit & 1u) != 0)
        set.push_back(w * 32 + bit);
  set_members_ += static_cast<std::int64_t>(set.size());
  if (set_members_ > max_set_members)
    return core::error{core::errc::capacity, "the sets of categories are too large"};
  to_.sets.push_back(std::move(set));
  return {};
}

core::result<tree> lightgbm_reader::build(const section& from) {
  if (from.text("is_linear") == "1")
    return unsupported("its leaves are linear models (linear_tree=true); train without them");
  const auto leaves = from.one<std::int64_t>("num_leaves");
  const auto category_count = from.one<std::int64_t>("num_cat", 0);
  if (!leaves || !category_count)
    return (leaves ? category_count : leaves).error();
  if (*leaves < 1 || *leaves > max_nodes || *category_count < 0 || *category_count > *leaves)
    return malformed(
        fmt::format("it has {} leaves and {} tests of categories", *leaves, *category_count));
  auto values = from.list<double>("leaf_value", static_cast<std::size_t>(*leaves));
  if (!values)
    return values.error();
  const auto sets = read_sets(from, *category_count);
  if (!sets)
    return sets.error();
  tree to;
  to.values = std::move(*values);
  LEPTON_TRY(add_tests(from, *sets, to));
  // Leaf l is ~l among the children; here leaves follow the inner nodes.
  for (std::size_t l = 0; l < to.values.size(); ++l)
    to.nodes.emplace_back().yes = static_cast<std::int32_t>(l);
  return to;
}

core::result<void> lightgbm_reader::add_tests(const section& from,
                                              std::span<const std::int32_t> sets, tree& to) {
  const auto inner = to.values.size() - 1;
  const auto features = from.list<std::int32_t>("split_feature", inner);
  const auto thresholds = from.list<double>("threshold", inner);
  const auto kinds = from.list<int>("decision_type", inner);
  const auto left = from.list<std::int32_t>("left_child", inner);
  const auto right = from.list<std::int32_t>("right_child", inner);
  for (const auto* list : {&features, &left, &right})
    if (!*list)
      return list->error();
  if (!thresholds || !kinds)
    return thresholds ? kinds.error() : thresholds.error();
  const auto child = [&](std::int32_t index) { // -1: there is no such node or leaf
    const auto leaf = static_cast<std::size_t>(index < 0 ? ~index : 0);
    if (index >= 0)
      return static_cast<std::size_t>(index) < inner ? index : -1;
    return leaf <= inner ? static_cast<std::int32_t>(inner + leaf) : -1;
  };
  for (std::size_t i = 0; i < inner; ++i) {
    auto& node = to.nodes.emplace_back();
    node.feature = (*features)[i];
    node.yes = child((*left)[i]);
    node.no = child((*right)[i]);
    LEPTON_TRY(set_test((*kinds)[i], (*thresholds)[i], sets, node));
  }
  return {};
}

/// `kind` is a number of bits: category, default left, and two for what is missing.
core::result<void> lightgbm_reader::set_test(int kind, double threshold,
                                             std::span<const std::int32_t> sets, tree_node& to) {
  if ((kind & 1) != 0) {
    if (!(threshold >= 0 && threshold < static_cast<double>(sets.size())))
      return malformed("a node tests a set of categories that does not exist");
    to.test = test::in_set;
    to.set = sets[static_cast<std::size_t>(threshold)];
    return {};
  }
  if (std::isnan(threshold))
    return malformed("a threshold is NaN");
  to.test = test::at_most;
  to.threshold = round_down(threshold);
  to.missing_is_yes = (kind & 2) != 0;
  const int what = kind >> 2 & 3;
  to.missing = what == 2 ? missing::nan : what == 1 ? missing::nan_or_zero : missing::none;
  return {};
}

} // namespace

core::result<tree_ensemble> read_lightgbm_text(std::string_view file) {
  return lightgbm_reader{}.read(file);
}

} // namespace lepton::kernels::trees
