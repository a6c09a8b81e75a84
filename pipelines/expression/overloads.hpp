#pragma once

#include "pipelines/expression/kernel.hpp"
#include "pipelines/expression/syntax_tree.hpp"
#include "pipelines/expression/value_type.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

/// Ways in which a function may be written.
enum class call_forms : std::uint8_t { infix, function, method, both };

/// One function or operator for one list of argument types.
struct overload {
  std::string_view name;
  call_forms forms = call_forms::function;
  std::array<value_type, 3> parameters{}; ///< the first `arity` count
  std::uint8_t arity = 0;
  value_type result = value_type::invalid;
  kernel run = nullptr;
  bool strict = true;    ///< any argument null or failed -> so is the result
  bool variadic = false; ///< f(a, b, c) means f(f(a, b), c)
};

overload make_overload(std::string_view name, call_forms forms,
                       std::initializer_list<value_type> parameters, value_type result, kernel run);

// One table for each family; each lives beside its kernels.
void add_arithmetic(std::vector<overload>& to);
void add_math(std::vector<overload>& to);
void add_comparisons(std::vector<overload>& to);
void add_logic(std::vector<overload>& to);
void add_null_tests(std::vector<overload>& to);
void add_conversions(std::vector<overload>& to);
void add_strings(std::vector<overload>& to);
void add_string_edits(std::vector<overload>& to);
void add_time(std::vector<overload>& to);
void add_lists(std::vector<overload>& to);

/// The kernel of `in` for values of `type`.
kernel membership_kernel(value_type type) noexcept;

/// Every overload of the language.
const std::vector<overload>& all_overloads();

/// Those of one name, in the order of the tables.
std::vector<const overload*> overloads_of(std::string_view name);

/// Names that can be called as functions or methods, sorted, each once.
std::vector<std::string> callable_names();

/// Number of implicit int -> double conversions that `arguments` need to fit; -1 if they do not.
int conversions_to_fit(const overload& candidate, std::span<const value_type> arguments) noexcept;

} // namespace lepton::pipelines::expr
