// Functions of numbers. Doubles follow IEEE 754: log(0) is -inf, sqrt(-1) is NaN, and a NaN that
// goes in comes out.
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/vector_log.hpp"

#include <cmath>
#include <limits>

namespace lepton::pipelines::expr {

namespace {

using int64 = std::int64_t;

template <auto F>
void real_function(kernel_call& c) {
  map_rows<double, double>(c, [](double a) { return F(a); });
}
template <auto F>
void real_function2(kernel_call& c) {
  map_rows2<double, double, double>(c, [](double a, double b) { return F(a, b); });
}
template <auto F>
void real_test(kernel_call& c) {
  map_rows<double, std::uint8_t>(c, [](double a) { return static_cast<std::uint8_t>(F(a)); });
}
template <auto F>
void integer_function2(kernel_call& c) {
  map_rows2<int64, int64, int64>(c, [](int64 a, int64 b) { return F(a, b); });
}

void absolute_integer(kernel_call& c) {
  constexpr int64 lowest = std::numeric_limits<int64>::min();
  const auto* a = c.args[0].as<int64>();
  bool any = false;
  map_rows<int64, int64>(c, [&any](int64 x) {
    any |= x == lowest;
    return x < 0 ? static_cast<int64>(0 - static_cast<std::uint64_t>(x)) : x;
  });
  for (std::size_t i = 0; any && i < c.rows; ++i)
    if (a[i] == lowest)
      c.fail(i, failure::overflow);
}

constexpr auto smaller = [](int64 a, int64 b) { return a < b ? a : b; };
constexpr auto larger = [](int64 a, int64 b) { return a > b ? a : b; };
constexpr auto smaller_real = [](double a, double b) { return a < b || a != a ? a : b; };
constexpr auto larger_real = [](double a, double b) { return a > b || a != a ? a : b; };
constexpr auto sign_of = [](double a) { return a > 0 ? 1.0 : a < 0 ? -1.0 : a; };

void add_extremes(std::vector<overload>& to) {
  const auto add = [&](std::string_view name, value_type type, kernel run) {
    to.push_back(make_overload(name, call_forms::function, {type, type}, type, run));
    to.back().variadic = true;
  };
  add("min", value_type::integer, integer_function2<smaller>);
  add("min", value_type::real, real_function2<smaller_real>);
  add("min", value_type::timestamp, integer_function2<smaller>);
  add("max", value_type::integer, integer_function2<larger>);
  add("max", value_type::real, real_function2<larger_real>);
  add("max", value_type::timestamp, integer_function2<larger>);
}

} // namespace

void add_math(std::vector<overload>& to) {
  constexpr auto real = value_type::real;
  const auto add = [&](std::string_view name, kernel run) {
    to.push_back(make_overload(name, call_forms::function, {real}, real, run));
  };
  add("log", [](kernel_call& c) { log_rows(c.args[0].as<double>(), c.rows, c.result<double>()); });
  add("log2", real_function<[](double x) { return std::log2(x); }>);
  add("log10", real_function<[](double x) { return std::log10(x); }>);
  add("log1p", real_function<[](double x) { return std::log1p(x); }>);
  add("exp", real_function<[](double x) { return std::exp(x); }>);
  add("sqrt", real_function<[](double x) { return std::sqrt(x); }>);
  add("sin", real_function<[](double x) { return std::sin(x); }>);
  add("cos", real_function<[](double x) { return std::cos(x); }>);
  add("tanh", real_function<[](double x) { return std::tanh(x); }>);
  add("floor", real_function<[](double x) { return std::floor(x); }>);
  add("ceil", real_function<[](double x) { return std::ceil(x); }>);
  add("round", real_function<[](double x) { return std::round(x); }>);
  add("sign", real_function<sign_of>);
  to.push_back(make_overload("abs", call_forms::function, {value_type::integer},
                             value_type::integer, absolute_integer));
  add("abs", real_function<[](double x) { return std::fabs(x); }>);
  to.push_back(make_overload("pow", call_forms::function, {real, real}, real,
                             real_function2<[](double a, double b) { return std::pow(a, b); }>));
  add_extremes(to);
  const auto add_test = [&](std::string_view name, kernel run) {
    to.push_back(make_overload(name, call_forms::function, {real}, value_type::boolean, run));
  };
  add_test("is_nan", real_test<[](double x) { return x != x; }>);
  add_test("is_finite", real_test<[](double x) { return std::isfinite(x); }>);
}

} // namespace lepton::pipelines::expr
