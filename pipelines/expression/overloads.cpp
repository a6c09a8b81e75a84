#include "pipelines/expression/overloads.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

overload make_overload(std::string_view name, call_forms forms,
                       std::initializer_list<value_type> parameters, value_type result,
                       kernel run) {
  overload out;
  out.name = name;
  out.forms = forms;
  out.arity = static_cast<std::uint8_t>(parameters.size());
  std::copy(parameters.begin(), parameters.end(), out.parameters.begin());
  out.result = result;
  out.run = run;
  return out;
}

const std::vector<overload>& all_overloads() {
  static const auto all = [] {
    std::vector<overload> table;
    add_arithmetic(table);
    add_math(table);
    add_comparisons(table);
    add_logic(table);
    add_null_tests(table);
    add_conversions(table);
    add_strings(table);
    add_string_edits(table);
    add_time(table);
    add_lists(table);
    return table;
  }();
  return all;
}

std::vector<const overload*> overloads_of(std::string_view name) {
  std::vector<const overload*> found;
  for (const auto& candidate : all_overloads())
    if (candidate.name == name)
      found.push_back(&candidate);
  return found;
}

std::vector<std::string> callable_names() {
  std::vector<std::string> names;
  for (const auto& candidate : all_overloads())
    if (candidate.forms != call_forms::infix)
      names.emplace_back(candidate.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

int conversions_to_fit(const overload& candidate, std::span<const value_type> arguments) noexcept {
  if (candidate.arity != arguments.size())
    return -1;
  int conversions = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto wanted = candidate.parameters[i];
    if (arguments[i] == wanted || (arguments[i] == value_type::null && !candidate.strict))
      continue;
    if (arguments[i] != value_type::integer || wanted != value_type::real)
      return -1;
    ++conversions;
  }
  return conversions;
}

} // namespace lepton::pipelines::expr
