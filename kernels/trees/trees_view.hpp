#pragma once

#include <cstdint>

// A packed ensemble as the vector code reads it. Plain data: files compiled for other instructions
// include it and must not share inline code with the rest.
//
// Features become small whole numbers first: a feature's code is the number of its thresholds that
// are below it, so that each test of a node is a comparison of bytes, and one vector holds as many
// rows as it has bytes. A column of codes is one feature with one treatment of missing values and
// at most 255 thresholds; a test that is no threshold (equality, categories) has a column of its
// own with the code 0 or 1. Codes are exact: no test has another outcome than with the floats.

namespace lepton::kernels::trees {

/// Rows of a block are one vector of bytes.
inline constexpr int block_generic = 16;
inline constexpr int block_avx2 = 32;
inline constexpr int block_avx512 = 64;

/// Thresholds of a column; codes are 0 to 255.
inline constexpr int column_thresholds = 255;

/// Blocks that go through the trees together, at most.
inline constexpr int max_blocks = 8;

/// Leaves of a piece of a tree that is evaluated for all rows of a block at once; a leaf's number
/// is a byte. Larger trees are cut into a top and the pieces below it, at most that many.
inline constexpr std::int64_t max_piece_leaves = 256;
/// Trees with more leaves are always walked.
inline constexpr std::int64_t max_block_leaves = 8192;

/// Levels of blocks of 16 thresholds: enough for 16^6.
inline constexpr int max_levels = 6;

/// code = clamp(rank - first, 0, 255), or `missing` where the feature is missing.
struct column_view {
  std::int32_t first;
  std::uint8_t missing;
  bool zero_is_missing;
};

/// The search for a feature's rank among its sorted thresholds. `sorted` is padded with infinity to
/// `padded` values, a power of two above their count. levels[0] is `sorted`; levels[l + 1] has the
/// last value of each 16 of levels[l].
struct feature_view {
  std::int32_t feature;
  std::int32_t column_count;
  std::int64_t first_column;
  std::int64_t padded;
  std::int32_t level_count;
  const float* levels[max_levels];
};

/// x == value, with a column of its own: 0 = yes, 1 = no.
struct equal_view {
  std::int32_t feature;
  float value;
  std::int64_t column;
  bool missing_is_yes;
};

/// All tests for categories of one feature, each with a column of its own: 0 = in the set, 1 = not.
/// A set has `words` words of bits, bit i for category i; the last bit is for a missing value, the
/// last but one, always 0, for all other numbers.
struct categories_view {
  std::int32_t feature;
  std::uint32_t words;
  float above; ///< categories are above it
  std::int64_t first_column;
  std::int64_t set_count;
  const std::uint32_t* bits; ///< [set][words], with 16 readable words at the last set
};

/// One inner node of the evaluation for a whole block; a tree's come children first. With r(n) for
/// the number of the leaf below n that a row reaches, counted from the leftmost:
/// r(n) = code < least_no ? r(yes) : yes_leaves + r(no).
struct block_node {
  std::uint32_t codes; ///< bytes from the first column's codes
  std::uint16_t yes; ///< bytes from the first result; node i leaves result i + 1, result 0 is zero
  std::uint16_t no;
  std::uint8_t least_no;
  std::uint8_t yes_leaves;
};

/// One node for a row that goes down alone. The next is `yes`, or yes + 1 if code >= least_no. A
/// leaf leads to itself.
struct walk_node {
  std::uint32_t codes;
  std::uint32_t least_no;
  std::uint32_t yes;
  std::uint32_t leaf; ///< its number
};

/// Nodes of a tree, or of a part of it, for a whole block.
struct piece_view {
  const block_node* nodes;
  std::int32_t node_count;
  std::uint32_t first_leaf; ///< number in the tree of the piece's leftmost leaf
};

struct tree_view {
  /// Null: walked always. One: the whole tree. More: the top, whose leaves are the others in order.
  const piece_view* pieces;
  const walk_node* walk_nodes;
  const void* values; ///< [leaf], or [leaf][scores] if `target` < 0; padded to 64 values
  std::int32_t piece_count;
  std::int32_t node_count; ///< inner nodes
  std::int32_t leaf_count;
  std::int32_t depth;
  std::int32_t target;
};

enum class combine : std::uint8_t { add, smallest, largest };

/// A whole ensemble. Owns nothing (see packed_trees).
struct trees_view {
  std::int64_t inputs;
  std::int64_t scores;
  std::int64_t columns;
  std::int64_t blocks; ///< blocks that go through the trees together: their codes fit the cache
  const feature_view* features;
  std::int64_t feature_count;
  const column_view* column_views;
  const equal_view* equals;
  std::int64_t equal_count;
  const categories_view* categories;
  std::int64_t category_count;
  const tree_view* trees;
  std::int64_t tree_count;
  trees::combine combine;
  bool in_double; ///< values and sums are doubles, else floats
};

/// Memory of one caller's thread.
struct trees_scratch {
  std::uint8_t* codes;   ///< [blocks][columns][block]
  std::uint8_t* results; ///< [max_piece_leaves][block]
  void* sums;            ///< [blocks][scores][block], float or double; added to
};

/// Adds the values of the leaves that rows reach to `scratch.sums`. `x` is [rows, inputs],
/// row-major, without alignment; at most blocks * block rows. Trees are added in their order, so a
/// row's sum does not depend on the other rows of the call.
using trees_function = void (*)(const trees_view&, const float* x, std::int64_t rows,
                                const trees_scratch&);

} // namespace lepton::kernels::trees
