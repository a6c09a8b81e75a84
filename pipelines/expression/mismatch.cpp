#include "pipelines/expression/mismatch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace lepton::pipelines::expr {

namespace {

constexpr std::size_t columns_shown = 12;

std::string column_hint(std::string_view name, const core::schema& schema) {
  if (const auto near = core::nearest(name, schema.names()); !near.empty())
    return fmt::format("did you mean `{}`?", near);
  auto names = schema.names();
  const bool cut = names.size() > columns_shown;
  names.resize(std::min(names.size(), columns_shown));
  return fmt::format("the columns are {}{}", fmt::join(names, ", "), cut ? ", ..." : "");
}

void report_unknown_function(const misfit& m) {
  const auto& name = m.call.name;
  std::string hint;
  if (name == "matches")
    hint = "regular expressions are not available: use contains, startsWith or endsWith";
  else if (m.schema.index_of(name))
    hint = fmt::format("`{}` is a column: write it without parentheses", name);
  else if (const auto near = core::nearest(name, callable_names()); !near.empty())
    hint = fmt::format("did you mean `{}`?", near);
  m.report.error(m.call.name_range, fmt::format("there is no function `{}`", name), hint);
}

void report_style(const misfit& m) {
  const auto& name = m.call.name;
  if (m.call.style == call_style::method)
    m.report.error(m.call.name_range, fmt::format("`{}` is not a method", name),
                   fmt::format("write `{}(x)`", name));
  else
    m.report.error(m.call.name_range, fmt::format("`{}` is a method", name),
                   fmt::format("write `x.{}()` with the first argument in front", name));
}

/// "2 arguments", "1 or 2 arguments"; those of a method without its receiver.
std::string expected_count(std::span<const overload* const> candidates, std::size_t receiver) {
  std::set<std::size_t> counts;
  for (const auto* c : candidates)
    counts.insert(c->arity - receiver);
  const char* more = candidates.front()->variadic ? " or more" : "";
  const bool one = counts == std::set<std::size_t>{1} && !candidates.front()->variadic;
  return fmt::format("{}{} {}", fmt::join(counts, " or "), more, one ? "argument" : "arguments");
}

bool report_count(const misfit& m, std::span<const overload* const> candidates) {
  const bool fits = std::any_of(candidates.begin(), candidates.end(),
                                [&](const overload* c) { return c->arity == m.types.size(); });
  if (fits)
    return false;
  const std::size_t receiver = m.call.style == call_style::method ? 1 : 0;
  m.report.error(m.call.range,
                 fmt::format("`{}` takes {}, found {}", m.call.name,
                             expected_count(candidates, receiver), m.types.size() - receiver));
  return true;
}

std::string type_list(std::span<const value_type> types) {
  std::vector<const char*> names;
  for (const auto t : types)
    names.push_back(name(t));
  return fmt::format("({})", fmt::join(names, ", "));
}

void report_function_types(const misfit& m, std::span<const overload* const> candidates) {
  std::vector<std::string> expected;
  for (const auto* c : candidates)
    if (c->arity == m.types.size())
      expected.push_back(type_list(std::span{c->parameters}.first(c->arity)));
  const bool has_null = std::count(m.types.begin(), m.types.end(), value_type::null) != 0;
  m.report.error(m.call.range,
                 fmt::format("`{}` takes {}, found {}", m.call.name, fmt::join(expected, " or "),
                             type_list(m.types)),
                 has_null ? "with `null` the result would always be null" : "");
}

/// What to do about an operator between two types.
std::string operator_hint(std::string_view op, value_type a, value_type b) {
  using enum value_type;
  const auto either = [&](value_type t) { return a == t || b == t; };
  const auto number = [](value_type t) { return t == integer || t == real; };
  const bool compares = op == "<" || op == "<=" || op == ">" || op == ">=";
  if (either(null))
    return "the result would always be null: test with `is_null(x)`, replace with `coalesce(x, y)`";
  if (either(literal_list))
    return "a list can only stand to the right of `in`";
  if (either(list))
    return "take one element: `f[0]`";
  if (compares && a == boolean)
    return "comparisons do not chain: write `a < b && b < c`";
  if (either(timestamp) && either(string))
    return "write a constant as `timestamp(\"2024-01-31T00:00:00Z\")`";
  if (either(timestamp) && (number(a) || number(b)))
    return "`int(t)` gives the milliseconds of a timestamp";
  if (either(bytes) && either(string))
    return "convert with `bytes(s)`";
  if (either(string) && (number(a) || number(b)))
    return op == "+"
               ? "convert with `string(x)`"
               : "convert the string with `double(s)` or `int(s)`, or the number with `string(x)`";
  if (op == "%")
    return "convert with `int(x)`";
  if (either(boolean))
    return "convert with `int(b)`: 1 for true, 0 for false";
  return {};
}

/// A part that should be bool and is not: named at its own place.
bool report_condition(const misfit& m) {
  const auto& op = m.call.name;
  const std::size_t conditions = op == "?:" || op == "!" ? 1 : op == "&&" || op == "||" ? 2 : 0;
  bool reported = false;
  for (std::size_t i = 0; i < conditions; ++i) {
    if (m.types[i] == value_type::boolean || m.types[i] == value_type::null)
      continue;
    m.report.error(m.tree.nodes[m.call.children[i]].range,
                   fmt::format("`{}` expects bool here, found {}", op, name(m.types[i])),
                   m.types[i] == value_type::integer || m.types[i] == value_type::real
                       ? "compare it, for example `x != 0`"
                       : "");
    reported = true;
  }
  return reported;
}

void report_operator(const misfit& m) {
  const auto& op = m.call.name;
  if (report_condition(m))
    return;
  if (op == "[]")
    m.report.error(m.call.range, fmt::format("`[]` takes a list column and an int, found {} and {}",
                                             name(m.types[0]), name(m.types[1])));
  else if (op == "?:")
    m.report.error(m.call.range,
                   fmt::format("both results of `?:` must have one type, found {} and {}",
                               name(m.types[1]), name(m.types[2])));
  else if (m.types.size() == 1)
    m.report.error(m.call.range, fmt::format("`{}` does not take {}", op, name(m.types[0])));
  else
    m.report.error(
        m.call.range,
        fmt::format("`{}` does not take {} and {}", op, name(m.types[0]), name(m.types[1])),
        operator_hint(op, m.types[0], m.types[1]));
}

} // namespace

bool style_fits(call_style written, call_forms allowed) noexcept {
  switch (written) {
    case call_style::infix: return allowed == call_forms::infix;
    case call_style::function:
      return allowed == call_forms::function || allowed == call_forms::both;
    case call_style::method: return allowed == call_forms::method || allowed == call_forms::both;
  }
  return false;
}

void report_mismatch(const misfit& m) {
  if (m.call.style == call_style::infix)
    return report_operator(m);
  const auto candidates = overloads_of(m.call.name);
  if (candidates.empty() || candidates.front()->forms == call_forms::infix)
    return report_unknown_function(m);
  if (!style_fits(m.call.style, candidates.front()->forms))
    return report_style(m);
  if (!report_count(m, candidates))
    report_function_types(m, candidates);
}

void report_unknown_column(const syntax_node& column, const core::schema& schema,
                           const reporter& report) {
  report.error(column.name_range, fmt::format("there is no column `{}` here", column.name),
               column_hint(column.name, schema));
}

} // namespace lepton::pipelines::expr
