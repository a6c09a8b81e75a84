// == != < <= > >= for two values of one type. Doubles follow IEEE 754 (a NaN equals nothing, not
// even itself); strings and bytes are ordered byte by byte, which for UTF-8 is by code point.
#include "pipelines/expression/overloads.hpp"

#include <functional>
#include <string_view>

namespace lepton::pipelines::expr {

namespace {

template <class T, class Op>
void compare(kernel_call& c) {
  map_rows2<T, T, std::uint8_t>(
      c, [](const T& a, const T& b) { return static_cast<std::uint8_t>(Op{}(a, b)); });
}

template <class T>
void add_type(std::vector<overload>& to, value_type type) {
  const auto add = [&](std::string_view name, kernel run) {
    to.push_back(make_overload(name, call_forms::infix, {type, type}, value_type::boolean, run));
  };
  add("==", compare<T, std::equal_to<T>>);
  add("!=", compare<T, std::not_equal_to<T>>);
  add("<", compare<T, std::less<T>>);
  add("<=", compare<T, std::less_equal<T>>);
  add(">", compare<T, std::greater<T>>);
  add(">=", compare<T, std::greater_equal<T>>);
}

} // namespace

void add_comparisons(std::vector<overload>& to) {
  add_type<std::int64_t>(to, value_type::integer);
  add_type<double>(to, value_type::real);
  add_type<std::string_view>(to, value_type::string);
  add_type<std::int64_t>(to, value_type::timestamp);
  add_type<std::string_view>(to, value_type::bytes);
  add_type<std::uint8_t>(to, value_type::boolean);
}

} // namespace lepton::pipelines::expr
