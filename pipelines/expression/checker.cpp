#include "pipelines/expression/checker.hpp"

#include "pipelines/expression/mismatch.hpp"
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/program_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines::expr {

namespace {

class checker {
public:
  checker(const syntax_tree& tree, const core::schema& schema, const reporter& report)
      : tree_{tree}, schema_{schema}, report_{report} {}

  std::shared_ptr<program> run();

private:
  const syntax_node& child(const syntax_node& of, std::size_t i) const {
    return tree_.nodes[of.children[i]];
  }
  operand check_node(const syntax_node& node);
  operand check_column(const syntax_node& node);
  operand check_list(const syntax_node& node);
  operand check_call(const syntax_node& node);
  operand check_in(const syntax_node& node);
  std::optional<operand> check_null_comparison(const syntax_node& node);
  std::optional<operand> simplify(const syntax_node& node, const overload& target,
                                  std::span<const operand> arguments);
  bool constant_index_is_good(const syntax_node& node, std::span<const operand> arguments);
  operand apply(const syntax_node& node, std::span<const operand> arguments);
  operand call(const syntax_node& node, const overload& target, std::vector<operand> arguments);
  const overload* pick(const syntax_node& node, std::span<const operand> arguments);

  std::vector<operand> operands_of(const syntax_node& node) const {
    std::vector<operand> out;
    for (const auto i : node.children)
      out.push_back(operands_[i]);
    return out;
  }

  const syntax_tree& tree_;
  const core::schema& schema_;
  const reporter& report_;
  program_builder builder_;
  std::vector<operand> operands_; ///< one for each node so far
};

std::vector<value_type> types_of(std::span<const operand> operands) {
  std::vector<value_type> types;
  for (const auto& o : operands)
    types.push_back(o.type);
  return types;
}

bool any_invalid(std::span<const operand> operands) {
  return std::any_of(operands.begin(), operands.end(),
                     [](const operand& o) { return o.type == value_type::invalid; });
}

/// `min(a, b, c)`: more arguments than the function has parameters, folded from the left.
bool is_variadic(const syntax_node& node) {
  const auto found = overloads_of(node.name);
  return node.children.size() > 2 && !found.empty() && found.front()->variadic;
}

/// Every argument that would give the result its type is the literal `null`.
bool is_typeless(const syntax_node& node, std::span<const value_type> types) {
  if (node.name != "?:" && node.name != "coalesce")
    return false;
  const auto values = types.last(2);
  return values[0] == value_type::null && values[1] == value_type::null;
}

void add_to_set(literal_set& set, value_type type, const constant_cell& cell) {
  switch (type) {
    case value_type::real: set.reals.push_back(cell.real); break;
    case value_type::string:
    case value_type::bytes: set.texts.push_back(cell.text); break;
    case value_type::boolean: set.integers.push_back(cell.boolean); break;
    default: set.integers.push_back(cell.integer); break;
  }
}

std::shared_ptr<program> checker::run() {
  for (const auto& node : tree_.nodes)
    operands_.push_back(check_node(node));
  const auto root = operands_.back();
  const auto range = tree_.nodes.back().range;
  if (root.type == value_type::null)
    report_.error(range, "`null` alone has no type",
                  "write it where another value gives the type: `x > 0 ? x : null`");
  else if (root.type == value_type::literal_list)
    report_.error(range, "a list can only stand to the right of `in`");
  else if (root.type != value_type::invalid)
    return builder_.finish(root, schema_);
  return nullptr;
}

operand checker::check_node(const syntax_node& node) {
  switch (node.kind) {
    case syntax_kind::literal: return builder_.constant(node.value);
    case syntax_kind::column: return check_column(node);
    case syntax_kind::list: return check_list(node);
    case syntax_kind::call: break;
  }
  if (any_invalid(operands_of(node)))
    return {};
  return check_call(node);
}

operand checker::check_column(const syntax_node& node) {
  if (const auto field = schema_.index_of(node.name))
    return builder_.column(schema_, *field);
  report_unknown_column(node, schema_, report_);
  return {};
}

operand checker::check_list(const syntax_node& node) {
  if (any_invalid(operands_of(node)))
    return {};
  for (const auto i : node.children) {
    if (operands_[i].constant && operands_[i].type != value_type::null)
      continue;
    report_.error(tree_.nodes[i].range, "a list can hold only constants");
    return {};
  }
  return {.type = value_type::literal_list};
}

operand checker::check_call(const syntax_node& node) {
  if (node.style == call_style::infix && node.name == "in")
    return check_in(node);
  if (const auto found = check_null_comparison(node))
    return *found;
  auto arguments = operands_of(node);
  if (!is_variadic(node))
    return apply(node, arguments);
  auto folded = arguments.front();
  for (std::size_t i = 1; i < arguments.size() && folded.type != value_type::invalid; ++i)
    folded = apply(node, std::vector{folded, arguments[i]});
  return folded;
}

operand checker::check_in(const syntax_node& node) {
  const auto& list = child(node, 1);
  auto value = operands_[node.children[0]];
  if (list.kind != syntax_kind::list) {
    report_.error(list.range, "expected a list such as `[1, 2]` to the right of `in`");
    return {};
  }
  for (const auto i : list.children) // 1 in [1.5]: as doubles
    if (operands_[i].type == value_type::real && value.type == value_type::integer)
      value = builder_.convert(value, value_type::real);
  if (value.type == value_type::null || value.type >= value_type::list) {
    report_.error(child(node, 0).range, fmt::format("`in` does not take {}", name(value.type)));
    return {};
  }
  auto set = std::make_shared<literal_set>();
  for (const auto i : list.children) {
    const auto& item = operands_[i];
    const bool widens = item.type == value_type::integer && value.type == value_type::real;
    if (item.type != value.type && !widens) {
      report_.error(tree_.nodes[i].range, fmt::format("expected {} in this list, found {}",
                                                      name(value.type), name(item.type)));
      return {};
    }
    add_to_set(*set, value.type, builder_.cell(widens ? builder_.convert(item, value.type) : item));
  }
  set->sort();
  return builder_.member_of(value, std::move(set));
}

/// `x == null` and `x != null` test for null, as in CEL.
std::optional<operand> checker::check_null_comparison(const syntax_node& node) {
  if (node.style != call_style::infix || (node.name != "==" && node.name != "!="))
    return std::nullopt;
  const auto arguments = operands_of(node);
  const bool left = arguments[0].type == value_type::null;
  const bool right = arguments[1].type == value_type::null;
  if (!left && !right)
    return std::nullopt;
  syntax_node test = node;
  test.style = call_style::function;
  test.name = node.name == "==" ? "is_null" : "has";
  return apply(test, std::vector{left ? arguments[1] : arguments[0]});
}

operand checker::apply(const syntax_node& node, std::span<const operand> arguments) {
  const auto* target = pick(node, arguments);
  if (!target || !constant_index_is_good(node, arguments))
    return {};
  std::vector<operand> converted;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    converted.push_back(builder_.convert(arguments[i], target->parameters[i]));
  if (const auto simple = simplify(node, *target, converted))
    return *simple;
  return call(node, *target, std::move(converted));
}

operand checker::call(const syntax_node& node, const overload& target,
                      std::vector<operand> arguments) {
  std::int64_t parameter = 0;
  if (arguments[0].type == value_type::list)
    parameter = builder_.list_length(arguments[0]);
  std::optional<failure> failed;
  auto result = builder_.call(target, arguments, failed, parameter);
  if (failed)
    report_.error(node.range,
                  fmt::format("`{}` always fails: {}", report_.text(node.range), reason(*failed)));
  // What the operands' nullability means for the functions that look at null themselves.
  if (target.name == "is_null" || target.name == "has")
    result.nullable = false;
  if (target.name == "coalesce")
    result.nullable = arguments[0].nullable && arguments[1].nullable;
  return result;
}

/// The overload that needs the fewest conversions; reports when there is none.
const overload* checker::pick(const syntax_node& node, std::span<const operand> arguments) {
  const auto types = types_of(arguments);
  const overload* best = nullptr;
  int fewest = 0;
  for (const auto* candidate : overloads_of(node.name)) {
    const int conversions = conversions_to_fit(*candidate, types);
    if (conversions < 0 || !style_fits(node.style, candidate->forms))
      continue;
    if (best == nullptr || conversions < fewest) {
      best = candidate;
      fewest = conversions;
    }
  }
  if (best && !is_typeless(node, types))
    return best;
  report_mismatch({tree_, node, types, schema_, report_});
  return nullptr;
}

/// What a constant makes superfluous: `true && x`, `false && x`, `true ? x : y`, `coalesce(1, x)`,
/// a conversion to the type that a value already has.
std::optional<operand> checker::simplify(const syntax_node& node, const overload& target,
                                         std::span<const operand> arguments) {
  if (!target.run)
    return arguments[0];
  if (node.name == "coalesce" && !arguments[0].nullable)
    return arguments[0];
  if (node.name == "?:" && arguments[0].constant) {
    if (builder_.is_null(arguments[0]))
      return builder_.convert(builder_.constant(literal{.type = value_type::null}), target.result);
    return arguments[builder_.cell(arguments[0]).boolean ? 1 : 2];
  }
  if (node.name != "&&" && node.name != "||")
    return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!arguments[i].constant || builder_.is_null(arguments[i]))
      continue;
    const bool decides = (builder_.cell(arguments[i]).boolean != 0) == (node.name == "||");
    return decides ? arguments[i] : arguments[1 - i];
  }
  return std::nullopt;
}

bool checker::constant_index_is_good(const syntax_node& node, std::span<const operand> arguments) {
  if (node.name != "[]" || !arguments[1].constant || builder_.is_null(arguments[1]))
    return true;
  const auto length = builder_.list_length(arguments[0]);
  const auto index = builder_.cell(arguments[1]).integer;
  if (index >= 0 && index < length)
    return true;
  report_.error(child(node, 1).range,
                fmt::format("index {} is out of range: `{}` has {} values", index,
                            report_.text(child(node, 0).range), length),
                fmt::format("indices go from 0 to {}", length - 1));
  return false;
}

} // namespace

std::shared_ptr<program> check_expression(const syntax_tree& tree, const core::schema& schema,
                                          const reporter& report) {
  return checker{tree, schema, report}.run();
}

} // namespace lepton::pipelines::expr
