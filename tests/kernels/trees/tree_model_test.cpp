#include "kernels/trees/tree_model.hpp"

#include "tests/kernels/native_scores.hpp"
#include "tests/kernels/trees/tree_cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

// Random ensembles with every kind of test, against the definition.

namespace lepton::tests {

namespace {

namespace trees = kernels::trees;
using trees::missing;
using trees::test;
using trees::tree_ensemble;
using trees::tree_node;

constexpr std::int64_t inputs = 7;

bool is_yes(const tree_ensemble& model, const tree_node& n, float x) {
  const bool is_zero = std::abs(x) <= 1e-35f;
  if (n.test == test::at_most && n.missing == missing::none && std::isnan(x))
    x = 0;
  if (std::isnan(x) || (n.test == test::at_most && n.missing == missing::nan_or_zero && is_zero))
    return n.missing_is_yes;
  if (n.test == test::at_most)
    return x <= n.threshold;
  if (n.test == test::equal)
    return x == n.threshold;
  const auto& set = model.sets[static_cast<std::size_t>(n.set)];
  return x > model.category_above && x < 1e6f &&
         std::ranges::binary_search(set, static_cast<std::uint32_t>(static_cast<int>(x)));
}

float by_definition(const tree_ensemble& model, const float* row) {
  float sum = static_cast<float>(model.base[0]);
  for (const auto& t : model.trees) {
    std::int32_t at = 0;
    while (t.nodes[static_cast<std::size_t>(at)].test != test::leaf) {
      const auto& n = t.nodes[static_cast<std::size_t>(at)];
      at = is_yes(model, n, row[n.feature]) ? n.yes : n.no;
    }
    const auto value = t.nodes[static_cast<std::size_t>(at)].yes;
    sum += static_cast<float>(t.values[static_cast<std::size_t>(value)]);
  }
  return sum;
}

class ensemble_maker {
public:
  explicit ensemble_maker(std::uint32_t seed) : random_{seed} {}

  tree_ensemble make(int tree_count, int leaves, bool only_thresholds, std::uint32_t largest) {
    tree_ensemble to;
    to.inputs = inputs;
    to.base = {0.25};
    for (int i = 0; i < 9; ++i) {
      auto& set = to.sets.emplace_back();
      for (std::uint32_t c = 0; c <= largest; ++c)
        if (random_() % 3 == 0)
          set.push_back(c);
    }
    for (int t = 0; t < tree_count; ++t)
      add_tree(to, leaves, only_thresholds);
    return to;
  }

  /// Numbers near thresholds, zeros, NaN and categories.
  std::vector<float> rows(std::int64_t count, std::uint32_t largest) {
    std::vector<float> x;
    for (std::int64_t i = 0; i < count * inputs; ++i)
      switch (random_() % 6) {
        case 0: x.push_back(std::numeric_limits<float>::quiet_NaN()); break;
        case 1: x.push_back(random_() % 2 == 0 ? 0.0f : -0.5f); break;
        case 2: x.push_back(static_cast<float>(random_() % (largest + 40))); break;
        default: x.push_back(threshold());
      }
    return x;
  }

private:
  float threshold() { return static_cast<float>(static_cast<int>(random_() % 2001) - 1000) / 64; }

  /// Splits a random leaf until there are enough.
  void add_tree(tree_ensemble& to, int leaves, bool only_thresholds) {
    auto& tree = to.trees.emplace_back();
    std::vector<std::int32_t> ends{0};
    tree.nodes.emplace_back();
    while (static_cast<int>(ends.size()) < leaves) {
      const auto pick = random_() % ends.size();
      const auto at = static_cast<std::size_t>(ends[pick]);
      const auto first = static_cast<std::int32_t>(tree.nodes.size());
      tree.nodes.resize(tree.nodes.size() + 2);
      set_test(tree.nodes[at], only_thresholds);
      tree.nodes[at].yes = first + static_cast<std::int32_t>(random_() % 2);
      tree.nodes[at].no = 2 * first + 1 - tree.nodes[at].yes;
      ends[pick] = first;
      ends.push_back(first + 1);
    }
    for (const auto end : ends) {
      tree.nodes[static_cast<std::size_t>(end)].yes = static_cast<std::int32_t>(tree.values.size());
      tree.values.push_back(static_cast<double>(threshold()));
    }
  }

  void set_test(tree_node& n, bool only_thresholds) {
    n.feature = static_cast<std::int32_t>(random_() % inputs);
    n.threshold = threshold();
    n.missing_is_yes = random_() % 2 == 0;
    const auto kind = only_thresholds ? 0 : random_() % 4;
    n.test = kind == 1 ? test::equal : kind == 2 ? test::in_set : test::at_most;
    n.set = static_cast<std::int32_t>(random_() % 9);
    n.missing = static_cast<missing>(random_() % 3);
  }

  std::mt19937 random_;
};

void compare(const tree_ensemble& model, const std::vector<float>& x) {
  ASSERT_TRUE(trees::check(model).ok()) << trees::check(model).error().message();
  for (const auto target : {kernels::cpu::cpu_target::generic, kernels::cpu::cpu_target::avx2,
                            kernels::cpu::cpu_target::avx512}) {
    if (!can_run(target))
      continue;
    trees::tree_model packed{std::make_shared<const trees::packed_trees>(model, target), ""};
    const auto got = scores(packed, x);
    for (std::size_t row = 0; row < got.size(); ++row)
      ASSERT_EQ(got[row], by_definition(model, x.data() + row * inputs))
          << name(target) << ", row " << row;
  }
}

TEST(tree_model, follows_the_definition_for_trees_of_every_size) {
  // One leaf, few, one piece just full, two pieces, many pieces, walked always.
  for (const int leaves : {1, 2, 3, 9, 64, 65, 256, 257, 2000, 8192, 8193}) {
    SCOPED_TRACE(leaves);
    ensemble_maker maker{static_cast<std::uint32_t>(leaves)};
    compare(maker.make(3, leaves, false, 40), maker.rows(300, 40));
  }
}

TEST(tree_model, follows_the_definition_for_many_thresholds_and_categories) {
  for (const std::uint32_t largest : {0u, 29u, 30u, 509u, 510u, 4000u}) {
    SCOPED_TRACE(largest);
    ensemble_maker maker{largest};
    compare(maker.make(40, 60, largest % 2 == 0 && largest < 30, largest),
            maker.rows(200, largest));
  }
}

TEST(tree_model, gives_a_row_the_same_score_in_every_batch) {
  ensemble_maker maker{3};
  const auto model = maker.make(20, 50, false, 20);
  const auto x = maker.rows(70, 20);
  for (std::int64_t rows = 1; rows <= 70; ++rows)
    compare(model, {x.begin(), x.begin() + rows * inputs});
}

} // namespace
} // namespace lepton::tests
