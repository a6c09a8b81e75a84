// && || ! and ?: as three-valued logic. An operand that cannot change the result does not matter,
// be it null or failed, on either side: `false && x` and `x && false` are false for every x.
#include "pipelines/expression/overloads.hpp"

#include <string_view>

namespace lepton::pipelines::expr {

namespace {

bool plain(const lane& from) {
  return !from.states && !from.constant;
}

/// && is (`Decisive` = 0): false decides; || is (`Decisive` = 1): true decides.
template <std::uint8_t Decisive>
void junction_with_states(kernel_call& c) {
  const lane_reader<std::uint8_t> a{c.args[0]};
  const lane_reader<std::uint8_t> b{c.args[1]};
  const state_reader state_a{c.args[0]};
  const state_reader state_b{c.args[1]};
  auto* out = c.result<std::uint8_t>();
  c.make_stateful();
  for (std::size_t i = 0; i < c.rows; ++i) {
    const bool decided = (state_a[i] == state_value && a[i] == Decisive) ||
                         (state_b[i] == state_value && b[i] == Decisive);
    out[i] = decided ? Decisive : 1 - Decisive;
    c.states[i] = decided ? state_value : std::max(state_a[i], state_b[i]);
  }
}

template <std::uint8_t Decisive>
void junction(kernel_call& c) {
  if (!plain(c.args[0]) || !plain(c.args[1]))
    return junction_with_states<Decisive>(c);
  const auto* a = c.args[0].as<std::uint8_t>();
  const auto* b = c.args[1].as<std::uint8_t>();
  auto* __restrict out = c.result<std::uint8_t>();
  for (std::size_t i = 0; i < c.rows; ++i)
    out[i] = Decisive == 0 ? a[i] & b[i] : a[i] | b[i];
}

template <class T, bool YesConstant, bool NoConstant>
void choose_values(const kernel_call& c) {
  const auto* condition = c.args[0].as<std::uint8_t>();
  const T* yes = c.args[1].as<T>();
  const T* no = c.args[2].as<T>();
  T* __restrict out = c.result<T>();
  for (std::size_t i = 0; i < c.rows; ++i)
    out[i] = condition[i] ? yes[YesConstant ? 0 : i] : no[NoConstant ? 0 : i];
}

template <class T>
void choose(kernel_call& c) {
  const auto& [condition, yes, no] = c.args;
  if (yes.constant)
    no.constant ? choose_values<T, true, true>(c) : choose_values<T, true, false>(c);
  else
    no.constant ? choose_values<T, false, true>(c) : choose_values<T, false, false>(c);
  if (!condition.states && !yes.states && !no.states)
    return;
  const auto* taken = condition.as<std::uint8_t>();
  const state_reader of_condition{condition};
  const state_reader of_yes{yes};
  const state_reader of_no{no};
  c.make_stateful();
  for (std::size_t i = 0; i < c.rows; ++i)
    c.states[i] = of_condition[i] != state_value ? of_condition[i]
                  : taken[i]                     ? of_yes[i]
                                                 : of_no[i];
}

template <class T>
void add_choice(std::vector<overload>& to, value_type type) {
  to.push_back(
      make_overload("?:", call_forms::infix, {value_type::boolean, type, type}, type, choose<T>));
  to.back().strict = false;
}

} // namespace

void add_logic(std::vector<overload>& to) {
  constexpr auto boolean = value_type::boolean;
  to.push_back(make_overload("!", call_forms::infix, {boolean}, boolean, [](kernel_call& c) {
    map_rows<std::uint8_t, std::uint8_t>(
        c, [](std::uint8_t a) { return static_cast<std::uint8_t>(a ^ 1); });
  }));
  to.push_back(make_overload("&&", call_forms::infix, {boolean, boolean}, boolean, junction<0>));
  to.back().strict = false;
  to.push_back(make_overload("||", call_forms::infix, {boolean, boolean}, boolean, junction<1>));
  to.back().strict = false;
  add_choice<std::uint8_t>(to, boolean);
  add_choice<std::int64_t>(to, value_type::integer);
  add_choice<double>(to, value_type::real);
  add_choice<std::string_view>(to, value_type::string);
  add_choice<std::string_view>(to, value_type::bytes);
  add_choice<std::int64_t>(to, value_type::timestamp);
}

} // namespace lepton::pipelines::expr
