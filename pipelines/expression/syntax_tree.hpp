#pragma once

#include "pipelines/expression/literals.hpp"
#include "pipelines/expression/reporter.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

enum class syntax_kind : std::uint8_t { literal, column, call, list };

/// How a call is written; says which advice fits when it is wrong.
enum class call_style : std::uint8_t { infix, function, method };

/// One part of an expression. Operators are calls: "+", "!", "?:", "[]", "in"; a minus with one
/// child is the sign. The receiver of a method is its first child.
struct syntax_node {
  syntax_kind kind = syntax_kind::literal;
  call_style style = call_style::infix;
  text_range range = {};      ///< all of it
  text_range name_range = {}; ///< operator, function or column name
  std::string name = {};
  literal value = {};
  std::vector<std::uint32_t> children = {};
};

/// Nodes with children before parents; the last one is the root. Flat, so that no text can make
/// a walk or a destructor recurse.
struct syntax_tree {
  std::vector<syntax_node> nodes;
};

/// Reads the text of `report`. Reports the first syntax error and returns nothing then. Refuses
/// texts beyond `max_expression_length` and `max_expression_depth`.
std::optional<syntax_tree> parse_expression(const reporter& report);

} // namespace lepton::pipelines::expr
