// + - * / % and the sign, for int, double and timestamp. Integers never wrap: a row whose result
// does not fit fails. Doubles follow IEEE 754.
#include "pipelines/expression/overloads.hpp"

#include <limits>

namespace lepton::pipelines::expr {

namespace {

using int64 = std::int64_t;
using uint64 = std::uint64_t;
constexpr auto int_type = value_type::integer;
constexpr auto real_type = value_type::real;
constexpr auto time_type = value_type::timestamp;

constexpr uint64 as_bits(int64 x) {
  return static_cast<uint64>(x);
}

// Each gives the wrapped result and a word whose highest bit says that it does not fit.
struct add_op {
  static uint64 apply(int64 a, int64 b, int64& out) {
    const uint64 sum = as_bits(a) + as_bits(b);
    out = static_cast<int64>(sum);
    return (as_bits(a) ^ sum) & (as_bits(b) ^ sum);
  }
};
struct subtract_op {
  static uint64 apply(int64 a, int64 b, int64& out) {
    const uint64 difference = as_bits(a) - as_bits(b);
    out = static_cast<int64>(difference);
    return (as_bits(a) ^ as_bits(b)) & (as_bits(a) ^ difference);
  }
};
struct multiply_op {
  static uint64 apply(int64 a, int64 b, int64& out) {
    return uint64{__builtin_mul_overflow(a, b, &out)} << 63;
  }
};

constexpr bool overflowed(uint64 word) {
  return (word >> 63) != 0;
}

/// Finds the rows that overflowed: the fast loop only knows that there are some.
template <class Op>
void fail_overflows(kernel_call& c) {
  const lane_reader<int64> a{c.args[0]};
  const lane_reader<int64> b{c.args[1]};
  for (std::size_t i = 0; i < c.rows; ++i) {
    int64 unused = 0;
    if (overflowed(Op::apply(a[i], b[i], unused)))
      c.fail(i, failure::overflow);
  }
}

template <class Op>
void checked(kernel_call& c) {
  uint64 any = 0;
  map_rows2<int64, int64, int64>(c, [&any](int64 a, int64 b) {
    int64 out = 0;
    any |= Op::apply(a, b, out);
    return out;
  });
  if (overflowed(any))
    fail_overflows<Op>(c);
}

bool divides(kernel_call& c, std::size_t row, int64 a, int64 b) {
  if (b == 0)
    c.fail(row, failure::division_by_zero);
  else if (b == -1 && a == std::numeric_limits<int64>::min())
    c.fail(row, failure::overflow);
  else
    return true;
  return false;
}

void divide_integers(kernel_call& c) {
  const lane_reader<int64> a{c.args[0]};
  const lane_reader<int64> b{c.args[1]};
  for (std::size_t i = 0; i < c.rows; ++i)
    c.result<int64>()[i] = divides(c, i, a[i], b[i]) ? a[i] / b[i] : 0;
}

void remainder_of_integers(kernel_call& c) {
  const lane_reader<int64> a{c.args[0]};
  const lane_reader<int64> b{c.args[1]};
  for (std::size_t i = 0; i < c.rows; ++i)
    c.result<int64>()[i] = divides(c, i, a[i], b[i]) ? a[i] % b[i] : 0;
}

void negate_integer(kernel_call& c) {
  const auto* a = c.args[0].as<int64>();
  constexpr int64 lowest = std::numeric_limits<int64>::min();
  bool any = false;
  map_rows<int64, int64>(c, [&any](int64 x) {
    any |= x == lowest;
    return static_cast<int64>(0 - as_bits(x));
  });
  for (std::size_t i = 0; any && i < c.rows; ++i)
    if (a[i] == lowest)
      c.fail(i, failure::overflow);
}

template <auto F>
void reals(kernel_call& c) {
  map_rows2<double, double, double>(c, [](double a, double b) { return F(a, b); });
}

constexpr auto plus = [](double a, double b) { return a + b; };
constexpr auto minus = [](double a, double b) { return a - b; };
constexpr auto times = [](double a, double b) { return a * b; };
constexpr auto over = [](double a, double b) { return a / b; };

} // namespace

void add_arithmetic(std::vector<overload>& to) {
  const auto add = [&](std::string_view name, value_type a, value_type b, value_type r, kernel k) {
    to.push_back(make_overload(name, call_forms::infix, {a, b}, r, k));
  };
  add("+", int_type, int_type, int_type, checked<add_op>);
  add("+", real_type, real_type, real_type, reals<plus>);
  add("+", time_type, int_type, time_type, checked<add_op>);
  add("+", int_type, time_type, time_type, checked<add_op>);
  add("-", int_type, int_type, int_type, checked<subtract_op>);
  add("-", real_type, real_type, real_type, reals<minus>);
  add("-", time_type, time_type, int_type, checked<subtract_op>);
  add("-", time_type, int_type, time_type, checked<subtract_op>);
  add("*", int_type, int_type, int_type, checked<multiply_op>);
  add("*", real_type, real_type, real_type, reals<times>);
  add("/", int_type, int_type, int_type, divide_integers);
  add("/", real_type, real_type, real_type, reals<over>);
  add("%", int_type, int_type, int_type, remainder_of_integers);
  to.push_back(make_overload("-", call_forms::infix, {int_type}, int_type, negate_integer));
  to.push_back(make_overload("-", call_forms::infix, {real_type}, real_type, [](kernel_call& c) {
    map_rows<double, double>(c, [](double a) { return -a; });
  }));
}

} // namespace lepton::pipelines::expr
