#pragma once

#include "kernels/trees/encode.hpp"

// The evaluation of an ensemble, for blocks of N rows. Everything is in an unnamed namespace on
// purpose, see kernels/cpu/simd.hpp.

namespace lepton::kernels::trees {
namespace {

template <int N>
struct byte_vector {
  typedef std::uint8_t type __attribute__((vector_size(N)));

  [[gnu::always_inline]] static type load(const std::uint8_t* from) {
    type v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
  [[gnu::always_inline]] static void store(std::uint8_t* to, type v) {
    std::memcpy(to, &v, sizeof v);
  }
  [[gnu::always_inline]] static type all(std::uint8_t value) { return value - type{}; }
};

/// The numbers of the leaves that N rows reach: all nodes are evaluated, from the leaves up.
template <int N>
const std::uint8_t* evaluate(const piece_view& piece, const std::uint8_t* codes,
                             std::uint8_t* results) {
  using bytes = byte_vector<N>;
  std::uint8_t* out = results;
  for (const block_node *n = piece.nodes, *end = n + piece.node_count; n != end; ++n) {
    out += N;
    const auto is_no = bytes::load(codes + n->codes) >= bytes::all(n->least_no);
    const auto yes = bytes::load(results + n->yes);
    const auto no = bytes::load(results + n->no) + bytes::all(n->yes_leaves);
    bytes::store(out, is_no ? no : yes);
  }
  return out;
}

/// The same for a tree in pieces: the top says which piece counts for a row. Pieces that no row
/// reaches are left out.
template <int N>
void evaluate_pieces(const tree_view& tree, const std::uint8_t* codes, std::int64_t rows,
                     std::uint8_t* results, std::uint32_t* leaves) {
  std::uint8_t piece_of[N];
  std::memcpy(piece_of, evaluate<N>(tree.pieces[0], codes, results), N);
  for (std::int32_t p = 0; p + 1 < tree.piece_count; ++p) {
    bool reached = false;
    for (std::int64_t i = 0; i < rows; ++i)
      reached |= piece_of[i] == p;
    if (!reached)
      continue;
    const auto& piece = tree.pieces[p + 1];
    const std::uint8_t* below = evaluate<N>(piece, codes, results);
    for (std::int64_t i = 0; i < rows; ++i)
      leaves[i] = piece_of[i] == p ? piece.first_leaf + below[i] : leaves[i];
  }
}

/// The same for a few rows or very large trees: each row goes down its own way. Several at a time,
/// so that one waits for memory while the others go on.
template <int N>
void walk(const tree_view& tree, const std::uint8_t* codes, std::int64_t rows,
          std::uint32_t* leaves) {
  constexpr int together = 8;
  const walk_node* nodes = tree.walk_nodes;
  for (std::int64_t first = 0; first < rows; first += together) {
    const int count = static_cast<int>(rows - first < together ? rows - first : together);
    const std::uint8_t* at = codes + first;
    std::uint32_t node[together] = {};
    for (std::int32_t level = 0; level < tree.depth; ++level) {
      bool moved = false;
      for (int i = 0; i < count; ++i) {
        const auto& n = nodes[node[i]];
        const auto next = n.yes + (at[n.codes + static_cast<unsigned>(i)] >= n.least_no ? 1u : 0u);
        moved = moved || next != node[i];
        node[i] = next;
      }
      if (level >= 12 && !moved)
        break;
    }
    for (int i = 0; i < count; ++i)
      leaves[first + i] = nodes[node[i]].leaf;
  }
}

template <class T>
[[gnu::always_inline]] inline T combined(combine how, T a, T b) {
  switch (how) {
    case combine::add: return a + b;
    case combine::smallest: return b < a ? b : a;
    case combine::largest: return b > a ? b : a;
  }
  return a;
}

/// Adds the leaves' values to the sums of N rows, [scores][N].
template <int N, class T, class Leaf>
void add_values(const trees_view& model, const tree_view& tree, const Leaf* leaves,
                std::int64_t rows, T* sums) {
  const T* values = static_cast<const T*>(tree.values);
  if (tree.target >= 0) {
    T* to = sums + static_cast<std::int64_t>(tree.target) * N;
    if (model.combine == combine::add)
      for (std::int64_t i = 0; i < rows; ++i)
        to[i] += values[leaves[i]];
    else
      for (std::int64_t i = 0; i < rows; ++i)
        to[i] = combined(model.combine, to[i], values[leaves[i]]);
    return;
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* row = values + static_cast<std::int64_t>(leaves[i]) * model.scores;
    for (std::int64_t s = 0; s < model.scores; ++s)
      sums[s * N + i] = combined(model.combine, sums[s * N + i], row[s]);
  }
}

#if defined(__AVX512F__)

/// Up to 64 floats stay in four registers; two permutations and a choice find those of 16 rows.
inline void add_64_values(const float* values, const std::uint8_t* leaves, float* sums) {
  const __m512 v0 = _mm512_loadu_ps(values), v1 = _mm512_loadu_ps(values + 16);
  const __m512 v2 = _mm512_loadu_ps(values + 32), v3 = _mm512_loadu_ps(values + 48);
  for (int i = 0; i < block_avx512; i += 16) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves + i));
    const __m512i at = _mm512_cvtepu8_epi32(sixteen);
    const __mmask16 upper = _mm512_test_epi32_mask(at, _mm512_set1_epi32(32));
    const __m512 low = _mm512_permutex2var_ps(v0, at, v1);
    const __m512 high = _mm512_permutex2var_ps(v2, at, v3);
    const __m512 sum = _mm512_loadu_ps(sums + i);
    _mm512_storeu_ps(sums + i, _mm512_add_ps(sum, _mm512_mask_blend_ps(upper, low, high)));
  }
}

#endif

template <int N, class T>
void run_tree(const trees_view& model, const tree_view& tree, const std::uint8_t* codes,
              std::int64_t rows, std::uint8_t* results, T* sums) {
  // Evaluating costs the same for one row as for N; walking costs each row its depth.
  const bool walks = !tree.pieces || 2 * rows * tree.depth < tree.node_count;
  if (walks || tree.piece_count > 1) {
    std::uint32_t leaves[N] = {};
    if (walks)
      walk<N>(tree, codes, rows, leaves);
    else
      evaluate_pieces<N>(tree, codes, rows, results, leaves);
    return add_values<N>(model, tree, leaves, rows, sums);
  }
  const std::uint8_t* leaves = evaluate<N>(tree.pieces[0], codes, results);
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == sizeof(float))
    if (tree.leaf_count <= 64 && tree.target >= 0 && model.combine == combine::add)
      return add_64_values(static_cast<const float*>(tree.values), leaves,
                           sums + static_cast<std::int64_t>(tree.target) * N);
#endif
  add_values<N>(model, tree, leaves, rows, sums);
}

template <int N, class T>
void run_trees(const trees_view& model, std::int64_t rows, const trees_scratch& scratch) {
  T* sums = static_cast<T*>(scratch.sums);
  std::memset(scratch.results, 0, N);
  // A tree's nodes stay in the first-level cache while all blocks go through it.
  for (std::int64_t t = 0; t < model.tree_count; ++t)
    for (std::int64_t b = 0; b * N < rows; ++b)
      run_tree<N>(model, model.trees[t], scratch.codes + b * model.columns * N,
                  rows - b * N < N ? rows - b * N : N, scratch.results,
                  sums + b * model.scores * N);
}

template <int N>
void score(const trees_view& model, const float* x, std::int64_t rows,
           const trees_scratch& scratch) {
  for (std::int64_t b = 0; b * N < rows; ++b)
    encode<N>(model, x + b * N * model.inputs, rows - b * N < N ? rows - b * N : N,
              scratch.codes + b * model.columns * N);
  if (model.in_double)
    run_trees<N, double>(model, rows, scratch);
  else
    run_trees<N, float>(model, rows, scratch);
}

} // namespace
} // namespace lepton::kernels::trees
