// is_null, has and coalesce: the functions that look at null instead of passing it on.
#include "pipelines/expression/overloads.hpp"

#include <string_view>

namespace lepton::pipelines::expr {

namespace {

/// 1 for null if `Null`, else 1 for what is not null. A failed row stays failed.
template <bool Null>
void test_null(kernel_call& c) {
  const state_reader state{c.args[0]};
  auto* out = c.result<std::uint8_t>();
  for (std::size_t i = 0; i < c.rows; ++i)
    out[i] = (state[i] == state_null) == Null;
  if (!c.args[0].states)
    return;
  c.make_stateful();
  for (std::size_t i = 0; i < c.rows; ++i)
    c.states[i] = state[i] == state_null ? state_value : state[i];
}

/// The first argument, or the second where the first is null.
template <class T>
void coalesce(kernel_call& c) {
  const lane_reader<T> a{c.args[0]};
  const lane_reader<T> b{c.args[1]};
  T* out = c.result<T>();
  if (!c.args[0].states) {
    for (std::size_t i = 0; i < c.rows; ++i)
      out[i] = a[i];
    return;
  }
  const state_reader state_a{c.args[0]};
  const state_reader state_b{c.args[1]};
  c.make_stateful();
  for (std::size_t i = 0; i < c.rows; ++i) {
    const bool first = state_a[i] != state_null;
    out[i] = first ? a[i] : b[i];
    c.states[i] = first ? state_a[i] : state_b[i];
  }
}

template <class T>
void add_type(std::vector<overload>& to, value_type type) {
  const auto add = [&](std::string_view name, std::initializer_list<value_type> parameters,
                       value_type result, kernel run) {
    to.push_back(make_overload(name, call_forms::function, parameters, result, run));
    to.back().strict = false;
  };
  add("is_null", {type}, value_type::boolean, test_null<true>);
  add("has", {type}, value_type::boolean, test_null<false>);
  if (type == value_type::list)
    return;
  add("coalesce", {type, type}, type, coalesce<T>);
  to.back().variadic = true;
}

} // namespace

void add_null_tests(std::vector<overload>& to) {
  add_type<std::uint8_t>(to, value_type::boolean);
  add_type<std::int64_t>(to, value_type::integer);
  add_type<double>(to, value_type::real);
  add_type<std::string_view>(to, value_type::string);
  add_type<std::string_view>(to, value_type::bytes);
  add_type<std::int64_t>(to, value_type::timestamp);
  add_type<std::int64_t>(to, value_type::list);
}

} // namespace lepton::pipelines::expr
