#include "kernels/trees/packed_trees.hpp"

#include "core/assert.hpp"
#include "kernels/trees/column_table.hpp"
#include "kernels/trees/trees_targets.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

namespace lepton::kernels::trees {

namespace {

constexpr std::int64_t codes_in_cache = 24 << 10; ///< bytes; most of a first-level cache

/// Leaves below each node of a tree, and the nodes from the root down, parents first.
struct tree_shape {
  explicit tree_shape(const tree& of);

  std::vector<std::int32_t> order;
  std::vector<std::uint32_t> leaves;     ///< below a node
  std::vector<std::uint32_t> first_leaf; ///< number of the leftmost leaf below a node
};

tree_shape::tree_shape(const tree& of)
    : leaves(of.nodes.size(), 1), first_leaf(of.nodes.size(), 0) {
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  order.reserve(of.nodes.size());
  order.push_back(0);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (const auto& n = of.nodes[at(order[i])]; n.test != test::leaf) {
      order.push_back(n.yes);
      order.push_back(n.no);
    }
  for (auto i = order.rbegin(); i != order.rend(); ++i)
    if (const auto& n = of.nodes[at(*i)]; n.test != test::leaf)
      leaves[at(*i)] = leaves[at(n.yes)] + leaves[at(n.no)];
  for (const auto i : order)
    if (const auto& n = of.nodes[at(i)]; n.test != test::leaf) {
      first_leaf[at(n.yes)] = first_leaf[at(i)];
      first_leaf[at(n.no)] = first_leaf[at(i)] + leaves[at(n.yes)];
    }
}

} // namespace

int block_rows(cpu::cpu_target target) noexcept {
  switch (target) {
    case cpu::cpu_target::generic: return block_generic;
    case cpu::cpu_target::avx2: return block_avx2;
    case cpu::cpu_target::avx512: return block_avx512;
  }
  return block_generic;
}

trees_function score_of([[maybe_unused]] cpu::cpu_target target) noexcept {
#if defined(__x86_64__)
  if (target == cpu::cpu_target::avx512)
    return score_avx512;
  if (target == cpu::cpu_target::avx2)
    return score_avx2;
#endif
  return score_generic;
}

/// Fills a packed_trees. Pointers of the view are set last, when no vector grows any more.
class trees_packer {
public:
  trees_packer(const tree_ensemble& model, packed_trees& to)
      : model_{model}, to_{to}, table_{model}, block_{block_rows(to.target_)} {}

  void run();

private:
  void add_features();
  void add_specials();
  void add_categories(std::span<const tree_node> tests, std::int64_t column);
  void add_tree(const tree& of);
  void add_pieces(const tree& of, const tree_shape& shape);
  template <class Ends>
  void add_piece(const tree& of, const tree_shape& shape, std::int32_t root,
                 const std::vector<std::uint32_t>& counts, Ends ends);
  void add_walk_nodes(const tree& of, const tree_shape& shape);
  void add_values(const tree& of, const tree_shape& shape);
  template <class T>
  void append_value(double value);
  void append(double value);
  void connect();
  std::uint32_t codes_of(const coded_test& test) const {
    return static_cast<std::uint32_t>(test.column * block_);
  }
  std::size_t value_size() const { return to_.view_.in_double ? sizeof(double) : sizeof(float); }

  /// Where a tree's parts begin.
  struct tree_places {
    std::size_t pieces;
    std::size_t walk_nodes;
    std::size_t values;
  };

  const tree_ensemble& model_;
  packed_trees& to_;
  column_table table_;
  std::int64_t block_;
  std::vector<tree_places> places_;
  std::vector<std::vector<std::size_t>> level_places_;
  std::vector<std::size_t> bit_places_;
  std::vector<std::size_t> piece_places_;
  std::vector<std::uint16_t> result_of_; ///< a node's result in its piece
};

void trees_packer::run() {
  to_.view_.in_double = model_.precision == precision::float64;
  add_features();
  add_specials();
  for (const auto& t : model_.trees)
    add_tree(t);
  connect();
}

void trees_packer::add_features() {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const auto& f : table_.features()) {
    feature_view view{};
    view.feature = f.feature;
    view.first_column = f.first_column;
    view.column_count = static_cast<std::int32_t>(f.column_count);
    view.padded = static_cast<std::int64_t>(
        std::max<std::size_t>(16, std::bit_ceil(f.thresholds.size() + 1)));
    auto& all = to_.thresholds_;
    std::vector<std::size_t> places{all.size()};
    all.insert(all.end(), f.thresholds.begin(), f.thresholds.end());
    all.resize(places[0] + static_cast<std::size_t>(view.padded), infinity);
    for (auto size = static_cast<std::size_t>(view.padded); size > 16; size = (size + 15) / 16) {
      const auto below = places.back();
      places.push_back(all.size());
      for (std::size_t i = 15; i < size; i += 16)
        all.push_back(float{all[below + i]});
      all.resize(places.back() + (all.size() - places.back() + 15) / 16 * 16, infinity);
    }
    LEPTON_ASSERT(places.size() <= max_levels);
    view.level_count = static_cast<std::int32_t>(places.size());
    to_.features_.push_back(view);
    level_places_.push_back(std::move(places));
  }
  to_.columns_ = table_.columns();
}

void trees_packer::add_specials() {
  auto column = static_cast<std::int64_t>(table_.columns().size());
  const std::span tests{table_.specials()};
  std::size_t at = 0;
  for (; at < tests.size() && tests[at].test == test::equal; ++at, ++column)
    to_.equals_.push_back(
        {tests[at].feature, tests[at].threshold, column, tests[at].missing_is_yes});
  while (at < tests.size()) {
    std::size_t end = at;
    while (end < tests.size() && tests[end].feature == tests[at].feature)
      ++end;
    add_categories(tests.subspan(at, end - at), column);
    column += static_cast<std::int64_t>(end - at);
    at = end;
  }
  to_.bits_.resize(to_.bits_.size() + 16);
}

/// The sets of one feature.
void trees_packer::add_categories(std::span<const tree_node> tests, std::int64_t column) {
  const auto set_of = [&](const tree_node& n) -> const std::vector<std::uint32_t>& {
    return model_.sets[static_cast<std::size_t>(n.set)];
  };
  std::uint32_t largest = 0;
  for (const auto& n : tests)
    if (const auto& set = set_of(n); !set.empty())
      largest = std::max(largest, set.back());
  const auto words = set_words(largest);
  bit_places_.push_back(to_.bits_.size());
  to_.categories_.push_back({tests[0].feature, words, model_.category_above, column,
                             static_cast<std::int64_t>(tests.size()), nullptr});
  for (const auto& n : tests) {
    const auto first = to_.bits_.size();
    to_.bits_.resize(first + words);
    for (const auto member : set_of(n))
      to_.bits_[first + member / 32] |= 1u << member % 32;
    if (n.missing_is_yes)
      to_.bits_.back() |= 1u << 31;
  }
}

void trees_packer::add_tree(const tree& of) {
  const tree_shape shape{of};
  places_.push_back({to_.pieces_.size(), to_.walk_nodes_.size(), to_.values_.size()});
  result_of_.assign(of.nodes.size(), 0);
  tree_view view{};
  view.leaf_count = static_cast<std::int32_t>(shape.leaves[0]);
  view.node_count = static_cast<std::int32_t>(of.nodes.size()) - view.leaf_count;
  view.depth = static_cast<std::int32_t>(depth(of));
  view.target = of.target;
  if (view.leaf_count <= max_block_leaves)
    add_pieces(of, shape);
  view.piece_count = static_cast<std::int32_t>(to_.pieces_.size() - places_.back().pieces);
  add_walk_nodes(of, shape);
  add_values(of, shape);
  to_.trees_.push_back(view);
}

/// The tree as one piece, or cut where at most `max_piece_leaves` leaves are below a node. Nothing
/// if that makes too many pieces.
void trees_packer::add_pieces(const tree& of, const tree_shape& shape) {
  const auto is_root = [&](std::int32_t i) {
    return shape.leaves[static_cast<std::size_t>(i)] <= max_piece_leaves;
  };
  if (is_root(0))
    return add_piece(of, shape, 0, shape.leaves, [](std::int32_t) { return false; });
  std::vector<std::int32_t> roots;
  std::vector<std::int32_t> open{0};
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    if (is_root(at)) {
      roots.push_back(at);
      continue;
    }
    const auto& n = of.nodes[static_cast<std::size_t>(at)];
    open.insert(open.end(), {n.no, n.yes});
  }
  if (static_cast<std::int64_t>(roots.size()) > max_piece_leaves)
    return;
  std::vector<std::uint32_t> below(of.nodes.size(), 0); // pieces
  for (auto i = shape.order.rbegin(); i != shape.order.rend(); ++i) {
    const auto& n = of.nodes[static_cast<std::size_t>(*i)];
    below[static_cast<std::size_t>(*i)] = is_root(*i) ? 1
                                                      : below[static_cast<std::size_t>(n.yes)] +
                                                            below[static_cast<std::size_t>(n.no)];
  }
  add_piece(of, shape, 0, below, is_root);
  for (const auto root : roots)
    add_piece(of, shape, root, shape.leaves, [](std::int32_t) { return false; });
}

/// The nodes from `root` down to leaves and to where `ends` says so; `counts` are the ends below a
/// node.
template <class Ends>
void trees_packer::add_piece(const tree& of, const tree_shape& shape, std::int32_t root,
                             const std::vector<std::uint32_t>& counts, Ends ends) {
  const auto node = [&](std::int32_t i) -> const tree_node& {
    return of.nodes[static_cast<std::size_t>(i)];
  };
  const auto is_end = [&](std::int32_t i) { return node(i).test == test::leaf || ends(i); };
  std::vector<std::int32_t> order;
  if (!is_end(root))
    order.push_back(root);
  for (std::size_t i = 0; i < order.size(); ++i)
    for (const auto child : {node(order[i]).yes, node(order[i]).no})
      if (!is_end(child))
        order.push_back(child);
  piece_places_.push_back(to_.block_nodes_.size());
  to_.pieces_.push_back({nullptr, static_cast<std::int32_t>(order.size()),
                         shape.first_leaf[static_cast<std::size_t>(root)]});
  std::uint16_t last = 0;
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    const auto& n = node(*i);
    const auto code = table_.find(n);
    const auto result = [&](std::int32_t child) {
      return is_end(child) ? std::uint16_t{0} : result_of_[static_cast<std::size_t>(child)];
    };
    to_.block_nodes_.push_back(
        {codes_of(code), result(n.yes), result(n.no), static_cast<std::uint8_t>(code.least_no),
         static_cast<std::uint8_t>(counts[static_cast<std::size_t>(n.yes)])});
    last = static_cast<std::uint16_t>(last + block_);
    result_of_[static_cast<std::size_t>(*i)] = last;
  }
}

void trees_packer::add_walk_nodes(const tree& of, const tree_shape& shape) {
  std::vector<std::uint32_t> place(of.nodes.size(), 0);
  for (std::uint32_t i = 0; i < shape.order.size(); ++i)
    place[static_cast<std::size_t>(shape.order[i])] = i;
  for (std::uint32_t i = 0; i < shape.order.size(); ++i) {
    const auto index = static_cast<std::size_t>(shape.order[i]);
    const auto& n = of.nodes[index];
    if (n.test == test::leaf) {
      to_.walk_nodes_.push_back({0, 256, i, shape.first_leaf[index]});
      continue;
    }
    const auto code = table_.find(n);
    // The children follow each other in the order of the levels.
    to_.walk_nodes_.push_back({codes_of(code), static_cast<std::uint32_t>(code.least_no),
                               place[static_cast<std::size_t>(n.yes)], 0});
  }
}

template <class T>
void trees_packer::append_value(double value) {
  const auto stored = static_cast<T>(value);
  to_.values_.append(&stored, sizeof stored);
}

void trees_packer::append(double value) {
  to_.view_.in_double ? append_value<double>(value) : append_value<float>(value);
}

void trees_packer::add_values(const tree& of, const tree_shape& shape) {
  const auto width = static_cast<std::size_t>(of.target < 0 ? model_.scores : 1);
  std::vector<std::size_t> from(shape.leaves[0]);
  for (std::size_t i = 0; i < of.nodes.size(); ++i)
    if (of.nodes[i].test == test::leaf)
      from[shape.first_leaf[i]] = static_cast<std::size_t>(of.nodes[i].yes);
  for (const auto first : from)
    for (std::size_t s = 0; s < width; ++s)
      append(of.values[first + s]);
  for (auto count = from.size() * width; count < 64; ++count)
    append(0);
}

void trees_packer::connect() {
  for (std::size_t f = 0; f < to_.features_.size(); ++f)
    for (std::size_t l = 0; l < level_places_[f].size(); ++l)
      to_.features_[f].levels[l] = to_.thresholds_.data() + level_places_[f][l];
  for (std::size_t c = 0; c < to_.categories_.size(); ++c)
    to_.categories_[c].bits = to_.bits_.data() + bit_places_[c];
  for (std::size_t p = 0; p < to_.pieces_.size(); ++p)
    to_.pieces_[p].nodes = to_.block_nodes_.data() + piece_places_[p];
  for (std::size_t t = 0; t < to_.trees_.size(); ++t) {
    auto& view = to_.trees_[t];
    view.pieces = view.piece_count == 0 ? nullptr : to_.pieces_.data() + places_[t].pieces;
    view.walk_nodes = to_.walk_nodes_.data() + places_[t].walk_nodes;
    view.values = to_.values_.data() + places_[t].values;
  }
  auto& v = to_.view_;
  v.inputs = model_.inputs;
  v.scores = model_.scores;
  v.columns = table_.column_count();
  const auto block_bytes =
      block_ * (v.columns + v.scores * static_cast<std::int64_t>(value_size()));
  v.blocks = std::clamp<std::int64_t>(codes_in_cache / block_bytes, 1, max_blocks);
  v.features = to_.features_.data();
  v.feature_count = static_cast<std::int64_t>(to_.features_.size());
  v.column_views = to_.columns_.data();
  v.equals = to_.equals_.data();
  v.equal_count = static_cast<std::int64_t>(to_.equals_.size());
  v.categories = to_.categories_.data();
  v.category_count = static_cast<std::int64_t>(to_.categories_.size());
  v.trees = to_.trees_.data();
  v.tree_count = static_cast<std::int64_t>(to_.trees_.size());
  v.combine = model_.aggregate == aggregate::smallest  ? combine::smallest
              : model_.aggregate == aggregate::largest ? combine::largest
                                                       : combine::add;
}

packed_trees::packed_trees(const tree_ensemble& model, cpu::cpu_target target) : target_{target} {
  model_.kind = model.kind;
  model_.inputs = model.inputs;
  model_.scores = model.scores;
  model_.base = model.base;
  model_.base_first = model.base_first;
  model_.aggregate = model.aggregate;
  model_.divisor = model.divisor;
  model_.precision = model.precision;
  model_.link = model.link;
  trees_packer{model, *this}.run();
}

std::size_t packed_trees::byte_size() const noexcept {
  return sizeof *this + thresholds_.size() * sizeof(float) +
         features_.size() * sizeof(feature_view) + columns_.size() * sizeof(column_view) +
         equals_.size() * sizeof(equal_view) + categories_.size() * sizeof(categories_view) +
         bits_.size() * sizeof(std::uint32_t) + block_nodes_.size() * sizeof(block_node) +
         pieces_.size() * sizeof(piece_view) + walk_nodes_.size() * sizeof(walk_node) +
         trees_.size() * sizeof(tree_view) + values_.size();
}

} // namespace lepton::kernels::trees
