#include "pipelines/expression/expression.hpp"
#include "pipelines/expression/syntax_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lepton::pipelines::expr {

namespace {

struct binary_operator {
  std::string_view text;
  int precedence; ///< higher binds tighter; all are left-associative
};
constexpr std::array<binary_operator, 14> binary_operators{{
    {"||", 1},
    {"&&", 2},
    {"==", 3},
    {"!=", 3},
    {"<", 3},
    {"<=", 3},
    {">", 3},
    {">=", 3},
    {"in", 3},
    {"+", 4},
    {"-", 4},
    {"*", 5},
    {"/", 5},
    {"%", 5},
}};

/// Words of other languages, and what to write here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> foreign_words{{
    {"and", "write `&&` for \"and\""},
    {"AND", "write `&&` for \"and\""},
    {"or", "write `||` for \"or\""},
    {"OR", "write `||` for \"or\""},
    {"not", "write `!` for \"not\""},
    {"NOT", "write `!` for \"not\""},
    {"is", "write `is_null(x)` to test for null"},
    {"IN", "write `in`"},
}};

std::string_view advice_for(std::string_view word) {
  for (const auto& [foreign, advice] : foreign_words)
    if (word == foreign)
      return advice;
  return {};
}

/// Recursive descent with one token of look-ahead. Every `parse_*` returns the index of the node
/// it made, or nothing after it reported an error.
class parser {
public:
  using node_index = std::optional<std::uint32_t>;

  parser(const reporter& report, std::vector<token> tokens)
      : report_{report}, tokens_{std::move(tokens)} {}

  std::optional<syntax_tree> run() {
    if (current().kind == token_kind::end) {
      report_.error(current().range, "expected an expression", "for example `amount > 10.0`");
      return std::nullopt;
    }
    if (!parse_ternary())
      return std::nullopt;
    if (current().kind != token_kind::end) {
      unexpected("an operator or the end");
      return std::nullopt;
    }
    return std::move(tree_);
  }

private:
  const token& current() const { return tokens_[at_]; }
  token advance() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(std::string_view symbol) {
    if (!current().is(symbol))
      return false;
    advance();
    return true;
  }
  bool expect(std::string_view symbol) {
    if (accept(symbol))
      return true;
    unexpected(fmt::format("`{}`", symbol));
    return false;
  }
  void unexpected(std::string_view wanted);

  text_range range_of(std::uint32_t node) const { return tree_.nodes[node].range; }
  std::uint32_t add(syntax_node node) {
    tree_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  }
  std::uint32_t add_call(const token& name, call_style style, std::vector<std::uint32_t> children,
                         text_range range);

  node_index parse_ternary();
  node_index parse_binary(int least_precedence);
  node_index parse_unary();
  node_index parse_sign(const token& sign);
  node_index parse_member();
  node_index parse_index(std::uint32_t list);
  node_index parse_dot(std::uint32_t receiver);
  node_index parse_primary();
  node_index parse_word();
  node_index parse_literal();
  node_index parse_list();
  bool parse_items(std::string_view close, std::vector<std::uint32_t>& items);

  /// Counts one level of nesting for as long as it lives.
  struct nesting {
    explicit nesting(int& levels) : depth{levels} { ++depth; }
    ~nesting() { --depth; }
    nesting(const nesting&) = delete;
    nesting& operator=(const nesting&) = delete;
    int& depth;
  };
  bool too_deep();

  const reporter& report_;
  std::vector<token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  syntax_tree tree_;
};

void parser::unexpected(std::string_view wanted) {
  const auto& found = current();
  std::string hint{advice_for(found.text)};
  if (hint.empty() && at_ > 0)
    hint = advice_for(tokens_[at_ - 1].text);
  if (found.kind == token_kind::end)
    report_.error(found.range, fmt::format("expected {}, but the expression ends here", wanted),
                  hint);
  else
    report_.error(found.range, fmt::format("expected {}, found `{}`", wanted, found.text), hint);
}

bool parser::too_deep() {
  if (depth_ <= max_expression_depth)
    return false;
  report_.error(current().range,
                fmt::format("this is nested more than {} levels deep", max_expression_depth));
  return true;
}

std::uint32_t parser::add_call(const token& name, call_style style,
                               std::vector<std::uint32_t> children, text_range range) {
  return add({.kind = syntax_kind::call,
              .style = style,
              .range = range,
              .name_range = name.range,
              .name = std::string{name.text},
              .children = std::move(children)});
}

parser::node_index parser::parse_ternary() {
  const nesting level{depth_};
  if (too_deep())
    return std::nullopt;
  const auto condition = parse_binary(1);
  if (!condition || !current().is("?"))
    return condition;
  auto mark = advance();
  const auto yes = parse_ternary();
  if (!yes || !expect(":"))
    return std::nullopt;
  const auto no = parse_ternary();
  if (!no)
    return std::nullopt;
  mark.text = "?:";
  return add_call(mark, call_style::infix, {*condition, *yes, *no},
                  {range_of(*condition).begin, range_of(*no).end});
}

parser::node_index parser::parse_binary(int least_precedence) {
  auto left = parse_unary();
  while (left) {
    const auto* found =
        std::find_if(binary_operators.begin(), binary_operators.end(), [&](const auto& o) {
          return o.text == "in" ? current().is_word(o.text) : current().is(o.text);
        });
    if (found == binary_operators.end() || found->precedence < least_precedence)
      return left;
    const auto name = advance();
    const auto right = parse_binary(found->precedence + 1);
    if (!right)
      return std::nullopt;
    left = add_call(name, call_style::infix, {*left, *right},
                    {range_of(*left).begin, range_of(*right).end});
  }
  return left;
}

parser::node_index parser::parse_unary() {
  if (!current().is("!") && !current().is("-"))
    return parse_member();
  return parse_sign(advance());
}

parser::node_index parser::parse_sign(const token& sign) {
  const nesting level{depth_};
  if (too_deep())
    return std::nullopt;
  const auto kind = current().kind;
  if (sign.text == "-" && (kind == token_kind::integer || kind == token_kind::real)) {
    const auto number = advance();
    auto value = decode_number(number, true, report_);
    if (!value)
      return std::nullopt;
    return add({.kind = syntax_kind::literal,
                .range = {sign.range.begin, number.range.end},
                .value = std::move(*value)});
  }
  const auto operand = parse_unary();
  if (!operand)
    return std::nullopt;
  return add_call(sign, call_style::infix, {*operand}, {sign.range.begin, range_of(*operand).end});
}

parser::node_index parser::parse_member() {
  auto node = parse_primary();
  while (node) {
    if (current().is("["))
      node = parse_index(*node);
    else if (current().is("."))
      node = parse_dot(*node);
    else
      return node;
  }
  return node;
}

parser::node_index parser::parse_index(std::uint32_t list) {
  auto bracket = advance();
  const auto index = parse_ternary();
  if (!index)
    return std::nullopt;
  const auto end = current().range.end;
  if (!expect("]"))
    return std::nullopt;
  bracket.text = "[]";
  return add_call(bracket, call_style::infix, {list, *index}, {range_of(list).begin, end});
}

/// `s.contains(t)`, or a column with a dot in its name.
parser::node_index parser::parse_dot(std::uint32_t receiver) {
  advance();
  if (current().kind != token_kind::identifier) {
    unexpected("the name of a method after `.`");
    return std::nullopt;
  }
  const auto name = advance();
  if (accept("(")) {
    std::vector<std::uint32_t> arguments{receiver};
    if (!parse_items(")", arguments))
      return std::nullopt;
    return add_call(name, call_style::method, std::move(arguments),
                    {range_of(receiver).begin, tokens_[at_ - 1].range.end});
  }
  auto& left = tree_.nodes[receiver];
  if (left.kind != syntax_kind::column) {
    unexpected(fmt::format("`(` after the method `{}`", name.text));
    return std::nullopt;
  }
  left.name += fmt::format(".{}", name.text);
  left.range.end = left.name_range.end = name.range.end;
  return receiver;
}

parser::node_index parser::parse_primary() {
  switch (current().kind) {
    case token_kind::integer:
    case token_kind::real:
    case token_kind::string:
    case token_kind::bytes: return parse_literal();
    case token_kind::identifier:
    case token_kind::quoted_identifier: return parse_word();
    default: break;
  }
  if (current().is("["))
    return parse_list();
  if (!current().is("(")) {
    unexpected("a value");
    return std::nullopt;
  }
  const auto open = advance();
  const auto inner = parse_ternary();
  const auto end = current().range.end;
  if (!inner || !expect(")"))
    return std::nullopt;
  tree_.nodes[*inner].range = {open.range.begin, end};
  return inner;
}

parser::node_index parser::parse_literal() {
  const auto here = advance();
  const bool quoted = here.kind == token_kind::string || here.kind == token_kind::bytes;
  auto value = quoted ? decode_string(here, report_) : decode_number(here, false, report_);
  if (!value)
    return std::nullopt;
  return add({.kind = syntax_kind::literal, .range = here.range, .value = std::move(*value)});
}

parser::node_index parser::parse_word() {
  if (current().is_word("in")) {
    unexpected("a value");
    return std::nullopt;
  }
  const auto word = advance();
  if (word.is_word("true") || word.is_word("false") || word.is_word("null")) {
    literal value;
    value.type = word.is_word("null") ? value_type::null : value_type::boolean;
    value.boolean = word.is_word("true");
    return add({.kind = syntax_kind::literal, .range = word.range, .value = std::move(value)});
  }
  if (word.kind == token_kind::identifier && accept("(")) {
    std::vector<std::uint32_t> arguments;
    if (!parse_items(")", arguments))
      return std::nullopt;
    return add_call(word, call_style::function, std::move(arguments),
                    {word.range.begin, tokens_[at_ - 1].range.end});
  }
  auto name = word.text;
  if (word.kind == token_kind::quoted_identifier)
    name = name.substr(1, name.size() - 2);
  return add({.kind = syntax_kind::column,
              .range = word.range,
              .name_range = word.range,
              .name = std::string{name}});
}

parser::node_index parser::parse_list() {
  const auto open = advance();
  std::vector<std::uint32_t> items;
  if (!parse_items("]", items))
    return std::nullopt;
  return add({.kind = syntax_kind::list,
              .range = {open.range.begin, tokens_[at_ - 1].range.end},
              .children = std::move(items)});
}

/// Expressions separated by commas, up to and with `close`. A comma at the end is allowed in `[]`.
bool parser::parse_items(std::string_view close, std::vector<std::uint32_t>& items) {
  if (accept(close))
    return true;
  while (true) {
    const auto item = parse_ternary();
    if (!item)
      return false;
    items.push_back(*item);
    if (accept(close))
      return true;
    if (!current().is(",")) {
      unexpected(fmt::format("`,` or `{}`", close));
      return false;
    }
    advance();
    if (close == "]" && accept(close))
      return true;
  }
}

} // namespace

std::optional<syntax_tree> parse_expression(const reporter& report) {
  const auto length = report.text().size();
  if (length > max_expression_length) {
    report.error({}, fmt::format("this expression has {} bytes; at most {} are allowed", length,
                                 max_expression_length));
    return std::nullopt;
  }
  auto tokens = tokenize(report);
  if (!tokens)
    return std::nullopt;
  return parser{report, std::move(*tokens)}.run();
}

} // namespace lepton::pipelines::expr
