#pragma once

#include "core/result.hpp"
#include "kernels/trees/link.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Tree ensembles as every loader leaves them: free of a file format and of a CPU.

namespace lepton::kernels::trees {

/// How a node decides. All tests are on one feature x, in float32.
enum class test : std::uint8_t {
  leaf,
  at_most, ///< x <= threshold. `x < t` is at_most the float below t.
  equal,   ///< x == threshold
  in_set,  ///< x, rounded towards zero, is in `sets[set]`
};

/// What a node takes for missing; everything else goes through the test.
enum class missing : std::uint8_t {
  nan,         ///< NaN
  nan_or_zero, ///< NaN and -1e-35 <= x <= 1e-35 (LightGBM, zero_as_missing)
  none,        ///< nothing: NaN stands for 0 (LightGBM without missing values in training)
};

/// One node. `yes` and `no` are indexes into the tree's nodes; a leaf has the number of its first
/// value in `yes`.
struct tree_node {
  trees::test test = trees::test::leaf;
  trees::missing missing = trees::missing::nan;
  bool missing_is_yes = false;
  std::int32_t feature = 0;
  float threshold = 0;
  std::int32_t set = 0;
  std::int32_t yes = 0;
  std::int32_t no = 0;
};

/// Nodes from the root (index 0), and the values of the leaves. A leaf has one value for output
/// `target`, or, if `target` is negative, one for each output.
struct tree {
  std::vector<tree_node> nodes;
  std::vector<double> values;
  std::int32_t target = 0;
};

/// What happens to the values of the leaves that a row reaches.
enum class aggregate : std::uint8_t {
  sum,
  average, ///< sum / `divisor`
  smallest,
  largest,
};

/// In what precision, and from where, values are added up: the same as in the library that trained.
enum class precision : std::uint8_t { float32, float64 };

struct tree_ensemble {
  std::string kind; ///< for people: "XGBoost binary:logistic"
  std::int64_t inputs = 0;
  std::int64_t scores = 1; ///< sums per row, before `link`
  std::vector<tree> trees;
  std::vector<std::vector<std::uint32_t>> sets; ///< sorted members, below `max_category`
  float category_above = -1; ///< a category is a number above it, rounded towards zero
  std::vector<double> base;  ///< one for each score
  bool base_first = true;    ///< the sum starts with `base`; else it is added last
  trees::aggregate aggregate = trees::aggregate::sum;
  double divisor = 1;
  trees::precision precision = trees::precision::float32;
  trees::link link;
};

inline constexpr std::int64_t max_inputs = 65536;
inline constexpr std::int64_t max_scores = 16384;
inline constexpr std::int64_t max_nodes = 50'000'000;
inline constexpr std::int64_t max_depth = 1000;
inline constexpr std::uint32_t max_category = 1 << 24;
/// Members of all sets together.
inline constexpr std::int64_t max_set_members = 50'000'000;
/// Bits that the sets take in all: for each feature, those of its largest set times its tests.
inline constexpr std::int64_t max_set_bits = 1 << 29;

/// Words of 32 bits for each set of a feature whose largest category that is: one bit for each
/// category, and two for what is missing and for what is no category (see categories_view).
constexpr std::uint32_t set_words(std::uint32_t largest) noexcept {
  return (largest + 3 + 31) / 32;
}

/// Proves what the kernels rely on: at least one tree, every node of a tree reached from its root
/// on exactly one way, all indexes in range, thresholds that are not NaN, finite values, and the
/// limits above. Errors name the tree: malformed or capacity.
core::result<void> check(const tree_ensemble& model);

/// Levels of tests of the deepest tree; 0 if all are single leaves. The model passed `check`.
std::int64_t depth(const tree& of);

/// "500 trees of depth 6 at most (XGBoost binary:logistic)".
std::string describe(const tree_ensemble& model);

/// The largest float that is at most `value`: makes `x <= value` a comparison of floats.
float round_down(double value) noexcept;
/// The largest float below `value`: makes `x < value` an `at_most`.
float below(float value) noexcept;

} // namespace lepton::kernels::trees
